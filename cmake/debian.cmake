# Run by CPack on the tree that it is about to pack: what Debian's policy wants otherwise than others do.
if(NOT CPACK_GENERATOR STREQUAL DEB)
    return()
endif()
# One tree a package, named by its component.
set(share ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/program/usr/share)
file(MAKE_DIRECTORY ${share}/zsh/vendor-completions)
file(GLOB functions ${share}/zsh/site-functions/*)
file(COPY ${functions} DESTINATION ${share}/zsh/vendor-completions)
file(REMOVE_RECURSE ${share}/zsh/site-functions)
file(REMOVE ${share}/doc/biolatency/LICENSE) # Debian has it once for all
file(GLOB files ${share}/man/man8/*.8 ${CPACK_TEMPORARY_INSTALL_DIRECTORY}/*/usr/share/doc/*/changelog)
execute_process(COMMAND gzip -9n ${files} RESULT_VARIABLE result)
if(NOT result STREQUAL "0")
    message(FATAL_ERROR "gzip: ${result}")
endif()
