# Writes C files that hold the probe texts and stub headers: cmake -DPROBES=DIR -DOUT=DIR -P embed.cmake
# NAME.bpf.c below DIR becomes OUT/embedded_NAME.c with embedded_NAME in it, each a file of its own so that a program has
# only those it uses. Bytes go as numbers: string literals have a length limit, and need quoting.

function(bytes_of text out)
    string(HEX "${text}" hex)
    string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
    string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
    set(${out} "${bytes}0" PARENT_SCOPE)
endfunction()

# A probe text is compiled alone: what it includes from probes/ is put in its place, and what that includes.
function(read_probe file out)
    file(READ "${PROBES}/${file}" text)
    while(text MATCHES "#include \"([^\"]+)\"\n")
        file(READ "${PROBES}/${CMAKE_MATCH_1}" content)
        string(REPLACE "#include \"${CMAKE_MATCH_1}\"\n" "${content}" text "${text}")
    endwhile()
    set(${out} "${text}" PARENT_SCOPE)
endfunction()

set(begin "// Made by cmake/embed.cmake from probes/.\n#include \"trace/embedded.h\"\n\n")

file(GLOB_RECURSE probes RELATIVE "${PROBES}" "${PROBES}/*.bpf.c")
foreach(probe IN LISTS probes)
    get_filename_component(name "${probe}" NAME)
    string(REPLACE ".bpf.c" "" name "${name}")
    read_probe(${probe} text)
    bytes_of("${text}" bytes)
    file(WRITE "${OUT}/embedded_${name}.c" "${begin}const char embedded_${name}[] = {\n${bytes}};\n")
endforeach()

file(GLOB_RECURSE headers RELATIVE "${PROBES}/kernel" "${PROBES}/kernel/*.h")
set(c "${begin}")
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
file(WRITE "${OUT}/embedded_headers.c" "${c}")
