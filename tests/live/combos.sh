#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Every combination of the options that change the probes or the output starts, prints what its format promises, JSON as its
# schema wants, and ends with status 0 and nothing on stderr that it need not say. (load_kprobes does the same for what this
# kernel has no use for.)
# shellcheck source-path=SCRIPTDIR source=lib.sh
. "${0%/*}/lib.sh"

make_loop 64
trickle()
{
    while :; do
        do_reads 20
        sleep 0.1
    done
}
background trickle

mkdir "$work/runs"
for format in text dict json; do
    for ((bits = 0; bits < 128; bits++)); do
        options="--format $format"
        i=0
        for option in -Q -m -D -F -e -P "-d $disk"; do
            if ((bits >> i++ & 1)); then
                options+=" $option"
            fi
        done
        echo "$options"
    done
done >"$work/combinations"

# Samples: with histograms, and without.
for format in text json; do
    for ((bits = 0; bits < 64; bits++)); do
        options="--format $format"
        [[ $((bits & 32)) == 0 ]] && options+=' --slowest 3' || options+=' --slower 1ns'
        i=0
        for option in -Q -m "-d $disk" -D -F; do
            if ((bits >> i++ & 1)); then
                options+=" $option"
            fi
        done
        [[ $options == *--slower*-[DF]* ]] || echo "$options"
    done
done >>"$work/combinations"

# A run mostly waits for its second to pass, so many can do it together.
# shellcheck disable=SC2016
xargs -P 20 -I{} bash -c '
    cd "$2/runs"
    "$1" $3 1 1 >"$3.out" 2>"$3.err"
    echo $? >"$3.rc"' bash "$tool" "$work" {} <"$work/combinations"

expect "combinations" "$(wc -l <"$work/combinations")" 464
python3 - "$work/runs" "$disk" "$json_rows" "$json_schema" <<'END' || failures=$((failures + 1))
import ast, importlib.util, json, os, re, sys
os.chdir(sys.argv[1])
spec = importlib.util.spec_from_file_location('json_rows', sys.argv[3])
json_rows = importlib.util.module_from_spec(spec)
spec.loader.exec_module(json_rows)
bad = 0

def check_ios_text(text, options):
    header, *lines = text.splitlines()
    assert header.split()[:3] == ['BEGAN', 'DISK', 'OPERATION'], header
    assert header.count('(ms)' if '-m' in options else '(us)') == 2, header
    for line in lines:
        assert re.match(r'\d\d:\d\d:\d\d\.\d{6} \S+ +\S+ +(\d+|-) +\d+ +([\d.]+|-) +[\d.]+ +(\d+ .+|- -) +\S', line), line
        assert ('-d' not in options) or line.split()[1] == sys.argv[2], line
    return len(lines)

def check_text(text, options):
    start = 'Tracing block device I/O... Hit Ctrl-C to end.\n\n'
    assert text.startswith(start), 'greeting'
    text = text[len(start):]
    if '--slower' in options:
        return check_ios_text(text, options)
    if '--slowest' in options:
        text, *ios = re.split(r'^\n(?=BEGAN)', text, flags=re.M)
        if ios:
            assert 1 <= check_ios_text(ios[0], options) <= 3, 'three'
    unit = 'msecs' if '-m' in options else 'usecs'
    assert (unit in text) == ('->' in text), 'unit'
    if '->' not in text:
        return False
    assert ('avg = ' in text) == ('-e' in options), 'extension'
    assert (('p50 < ' if '-m' in options else 'p50 = ') in text) == ('-P' in options), 'percentiles'
    assert '= 0' not in re.sub('avg = .*', '', text), 'nothing takes no time'
    title = ', '.join(t for t, o in (('disk = [^,\n]+', '-D'), ('flags = [A-Za-z-]+', '-F')) if o in options)
    titles = re.findall('^(?:disk|flags) = .*$', text, re.M)
    assert bool(titles) == bool(title) and all(re.fullmatch(title, t) for t in titles), titles
    assert titles == sorted(titles) and len(set(titles)) == len(titles), titles
    return True

def check_rows(rows, options, unit, plain_rows):
    for row in rows:
        assert row[unit] == ('msecs' if '-m' in options else 'usecs'), row[unit]
        assert ('disk' in row) == ('-D' in options) and ('flags' in row) == ('-F' in options), list(row)
    if '-D' not in options and '-F' not in options:
        assert len(rows) == plain_rows, len(rows)

def check_dict(text, options):
    rows = [ast.literal_eval(line) for line in text.split('\n') if line]
    check_rows(rows, options, 'val_type', 1)
    return any(sum(d['count'] for d in row['data']) for row in rows)

def check_ios(ios, options):
    for io in ios:
        assert list(io) == ['type', 'time', 'disk', 'flags', 'sector', 'bytes', 'queue_ns', 'latency_ns', 'pid', 'tid',
                            'comm', 'cgroup'], list(io)
        assert ('-d' not in options) or io['disk'] == sys.argv[2], io

def check_json(text, options):
    rows = [json_rows.strict_loads(line) for line in text.split('\n') if line]
    json_rows.validate(rows, sys.argv[4])
    of = json_rows.names(rows)
    if '--slower' in options:
        assert of['end'], 'end'
        check_ios(of['samples'], options)
        return len(of['samples'])
    ios, rows = of['samples'], of['histograms']
    assert len(of['intervals']) == 1, len(of['intervals'])
    assert len(ios) == (min(3, sum(row['count'] for row in rows)) if '--slowest' in options else 0), len(ios)
    check_ios(ios, options)
    check_rows(rows, options, 'unit', 1)
    for row in rows:
        assert row['count'] == sum(bucket[2] for bucket in row['buckets'])
    return any(row['count'] for row in rows)

checks = {'text': check_text, 'dict': check_dict, 'json': check_json}
with_io = 0
runs = sorted(name[:-3] for name in os.listdir() if name.endswith('.rc'))
assert len(runs) == 464, len(runs)
for name in runs:
    options = name.split()
    try:
        err = open(name + '.err').read()
        assert open(name + '.rc').read() == '0\n', 'exit status ' + open(name + '.rc').read()
        err = re.sub('biolatency: (the kernel skipped probes|.* the kernel ran no probe) .*\n', '', err)
        if '--slower' in options:
            err, n = re.subn('^biolatency: [0-9]+ samples? of 1ns or more printed, 0 dropped\n', '', err)
            assert n == 1, 'no closing line'
        else:
            err = re.sub('^biolatency: no I/O (completed )?in 1 s.*\n', '', err)
        assert not err, err
        with_io += checks[options[1]](open(name + '.out').read(), options)
    except Exception as error:
        print('FAILED:', name, repr(error), file=sys.stderr)
        bad += 1
if with_io < 420:
    print('FAILED: only', with_io, 'saw I/O', file=sys.stderr)
    bad += 1
sys.exit(bad > 0)
END
