# SPDX-License-Identifier: Apache-2.0
"""Stands in for bcc/libbcc.py: libbcc is never opened, so that any release's table.py can be used."""


class Nothing:
    """Takes any call, and has any member."""

    def __call__(self, *_):
        return 0

    def __getattr__(self, name):
        return self


def __getattr__(name):
    if name.startswith("__"):
        raise AttributeError(name)
    return Nothing()
