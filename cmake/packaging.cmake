# What `cmake --install` puts where, and packages: `cpack -G DEB` and `cpack -G TGZ` in the build directory.
#
# The installed name is biolatency-c, as libbpf-tools has /usr/sbin/biolatency and bpfcc-tools /usr/sbin/biolatency-bpfcc.
# lib/biolatency/bin has those two names: who puts it first in PATH gets this program under them.
# The second Debian package, biolatency-drop-in, has them where programs call them by path (docs/design.md).
include(GNUInstallDirs)

set(INSTALLED_NAME biolatency-c)
set(CMAKE_INSTALL_DEFAULT_COMPONENT_NAME program)

# Installs a symbolic link: install_link(PATH TARGET [ARGUMENT-OF-INSTALL]...), PATH below the prefix.
function(install_link path target)
    get_filename_component(directory ${path} DIRECTORY)
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/names/${directory})
    file(CREATE_LINK ${target} ${CMAKE_BINARY_DIR}/names/${path} SYMBOLIC)
    install(FILES ${CMAKE_BINARY_DIR}/names/${path} DESTINATION ${directory} ${ARGN})
endfunction()

install(PROGRAMS $<TARGET_FILE:biolatency> DESTINATION ${CMAKE_INSTALL_SBINDIR} RENAME ${INSTALLED_NAME})
# What is renamed is no target any more, which CMake would strip by itself.
install(CODE "if(CMAKE_INSTALL_DO_STRIP)
    execute_process(COMMAND \"${CMAKE_STRIP}\" --remove-section=.comment
        \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}/${INSTALLED_NAME}\")
endif()")
foreach(name biolatency biolatency-bpfcc)
    install_link(lib/biolatency/bin/${name} ../../../${CMAKE_INSTALL_SBINDIR}/${INSTALLED_NAME})
endforeach()

install(FILES docs/biolatency.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8 RENAME ${INSTALLED_NAME}.8)
install(FILES completion/biolatency.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME ${INSTALLED_NAME})
install(FILES completion/_${INSTALLED_NAME} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES docs/biolatency.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/biolatency)
file(GLOB DOCS CONFIGURE_DEPENDS docs/*.md)
install(FILES README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE packaging/changelog packaging/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${DOCS} DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs) # where README.md links to

# What the Debian package has besides, and the others have not, as it names paths: a systemd unit, and what runs it at installation.
foreach(file biolatency-prepare.service postinst postrm)
    configure_file(packaging/program/${file}.in ${CMAKE_BINARY_DIR}/program/${file} @ONLY)
endforeach()
install(FILES ${CMAKE_BINARY_DIR}/program/biolatency-prepare.service DESTINATION lib/systemd/system
    COMPONENT program EXCLUDE_FROM_ALL)

# biolatency-drop-in: Debian's paths, which neither `cmake --install` nor the tar.gz has. To add a name: a row here, PATH=TARGET.
# The maintainer scripts divert each; a manual page aside keeps its section, so that man finds NAME.distrib.
set(DROP_IN_LINKS
    sbin/biolatency=${INSTALLED_NAME}
    sbin/biolatency-bpfcc=${INSTALLED_NAME}
    share/bcc/tools/biolatency=../../../sbin/${INSTALLED_NAME}
    share/man/man8/biolatency.8.gz=${INSTALLED_NAME}.8.gz
    share/man/man8/biolatency-bpfcc.8.gz=${INSTALLED_NAME}.8.gz)
set(DROP_IN COMPONENT drop_in EXCLUDE_FROM_ALL)
foreach(row ${DROP_IN_LINKS})
    string(REGEX MATCH "^(.*)=(.*)$" row ${row})
    install_link(${CMAKE_MATCH_1} ${CMAKE_MATCH_2} ${DROP_IN})
    set(path /usr/${CMAKE_MATCH_1})
    string(REGEX MATCH "\\.8\\.gz$" section ${path})
    string(REPLACE "${section}.distrib" ".distrib${section}" aside ${path}.distrib)
    string(APPEND DROP_IN_NAMES "\n    divert ${path} ${aside}")
endforeach()
install(FILES packaging/changelog packaging/copyright DESTINATION share/doc/biolatency-drop-in ${DROP_IN})
foreach(script preinst postrm)
    configure_file(packaging/drop-in/${script}.in ${CMAKE_BINARY_DIR}/drop-in/${script} @ONLY)
    list(APPEND DROP_IN_SCRIPTS ${CMAKE_BINARY_DIR}/drop-in/${script})
endforeach()

set(CPACK_PACKAGE_NAME biolatency)
set(CPACK_PACKAGE_VENDOR "biolatency maintainers")
set(CPACK_PACKAGE_CONTACT "biolatency maintainers <maintainers@example.org>")
set(CPACK_STRIP_FILES ON)
set(CPACK_SYSTEM_NAME ${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_SOURCE_GENERATOR "")
set(CPACK_COMPONENTS_ALL program drop_in)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/debian.cmake) # 3.19

# CPack has one summary for all packages, so the first line of each description is its own.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME biolatency)
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION "show the latency of block device I/O as a histogram
biolatency-c measures on a running system how long each request to a disk
takes, from the moment the driver gets it, or from the moment it is queued,
until it is done, and prints a histogram each interval: of all disks, of each
disk, of each kind of I/O, as text or JSON, with percentiles.
.
It takes the options of biolatency from bcc and prints the same bytes. It is
a C program: libbcc compiles its probes for the kernel that runs, once, and
is not in memory while it traces.")
# libbcc is opened at run time, which shlibdeps does not see.
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS "libbpfcc (>= 0.18)")
set(CPACK_DEBIAN_PROGRAM_PACKAGE_CONTROL_EXTRA
    ${CMAKE_BINARY_DIR}/program/postinst ${CMAKE_BINARY_DIR}/program/postrm)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SUGGESTS "linux-headers-generic") # where the kernel has no BTF

set(CPACK_DEBIAN_DROP_IN_PACKAGE_NAME biolatency-drop-in)
set(CPACK_DEBIAN_DROP_IN_PACKAGE_SOURCE biolatency)
set(CPACK_DEBIAN_DROP_IN_PACKAGE_ARCHITECTURE all)
set(CPACK_DEBIAN_DROP_IN_PACKAGE_DEPENDS "biolatency (= ${PROJECT_VERSION})")
set(CPACK_DEBIAN_DROP_IN_PACKAGE_CONTROL_EXTRA ${DROP_IN_SCRIPTS})
set(CPACK_COMPONENT_DROP_IN_DESCRIPTION "biolatency under the names and paths of bcc's biolatency
With this package biolatency-c is what runs as /usr/sbin/biolatency,
/usr/sbin/biolatency-bpfcc and /usr/share/bcc/tools/biolatency: for programs
that call one of these by its path, and for sudo, which sets a PATH of its own.
.
What other packages have there, as bpfcc-tools and libbpf-tools, is kept
beside it with .distrib after its name, and gets its name back when this
package is removed.")
include(CPack)
