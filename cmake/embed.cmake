# Writes a C file that holds the probe texts and stub headers: cmake -DPROBES=DIR -DOUT=FILE -P embed.cmake
# Bytes go as numbers: string literals have a length limit, and need quoting.

function(bytes_of text out)
    string(HEX "${text}" hex)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
    set(${out} "${bytes}0" PARENT_SCOPE)
endfunction()

# A probe text is compiled alone: what it includes from its own directory is put in its place.
function(read_probe file out)
    file(READ "${PROBES}/${file}" text)
    file(READ "${PROBES}/abi.h" abi)
    string(REPLACE "#include \"abi.h\"\n" "${abi}" text "${text}")
    set(${out} "${text}" PARENT_SCOPE)
endfunction()

set(c "// Made by cmake/embed.cmake from probes/.\n#include \"embedded.h\"\n\n")

read_probe(biolatency.bpf.c text)
bytes_of("${text}" bytes)
string(APPEND c "const char embedded_biolatency[] = {\n${bytes}};\n\n")

file(GLOB_RECURSE headers RELATIVE "${PROBES}/kernel" "${PROBES}/kernel/*.h")
set(rows "")
set(i 0)
foreach(header IN LISTS headers)
    file(READ "${PROBES}/kernel/${header}" text)
    bytes_of("${text}" bytes)
    string(APPEND c "static const char header_${i}[] = {\n${bytes}};\n\n")
    string(APPEND rows "    {\"${header}\", header_${i}, sizeof(header_${i}) - 1},\n")
    math(EXPR i "${i} + 1")
endforeach()
string(APPEND c "const struct bcc_file embedded_headers[] = {\n${rows}};\nconst size_t embedded_headers_count = ${i};\n")
file(WRITE "${OUT}" "${c}")
