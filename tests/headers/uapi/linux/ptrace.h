// Empty: prelude.h has what the probe text needs of it.
