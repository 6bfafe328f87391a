# What `cmake --install` puts where, and packages: `cpack -G DEB` and `cpack -G TGZ` in the build directory.
#
# The installed name is biolatency-c, as libbpf-tools has /usr/sbin/biolatency and bpfcc-tools /usr/sbin/biolatency-bpfcc.
# lib/biolatency/bin has those two names: who puts it first in PATH gets this program under them.
include(GNUInstallDirs)

set(INSTALLED_NAME biolatency-c)
set(NAMES_DIR lib/biolatency/bin)

install(PROGRAMS $<TARGET_FILE:biolatency> DESTINATION ${CMAKE_INSTALL_SBINDIR} RENAME ${INSTALLED_NAME})
# What is renamed is no target any more, which CMake would strip by itself.
install(CODE "if(CMAKE_INSTALL_DO_STRIP)
    execute_process(COMMAND \"${CMAKE_STRIP}\" --remove-section=.comment
        \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_SBINDIR}/${INSTALLED_NAME}\")
endif()")
foreach(name biolatency biolatency-bpfcc)
    file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/names)
    file(CREATE_LINK ../../../${CMAKE_INSTALL_SBINDIR}/${INSTALLED_NAME} ${CMAKE_BINARY_DIR}/names/${name} SYMBOLIC)
    install(FILES ${CMAKE_BINARY_DIR}/names/${name} DESTINATION ${NAMES_DIR})
endforeach()

install(FILES docs/biolatency.8 DESTINATION ${CMAKE_INSTALL_MANDIR}/man8 RENAME ${INSTALLED_NAME}.8)
install(FILES completion/biolatency.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
    RENAME ${INSTALLED_NAME})
install(FILES completion/_${INSTALLED_NAME} DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
install(FILES docs/biolatency.schema.json DESTINATION ${CMAKE_INSTALL_DATADIR}/biolatency)
file(GLOB DOCS CONFIGURE_DEPENDS docs/*.md)
install(FILES README.md LICENSE packaging/changelog packaging/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES ${DOCS} DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs) # where README.md links to

set(CPACK_PACKAGE_NAME biolatency)
set(CPACK_PACKAGE_VENDOR "biolatency maintainers")
set(CPACK_PACKAGE_CONTACT "biolatency maintainers <maintainers@example.org>")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "show the latency of block device I/O as a histogram")
set(CPACK_PACKAGE_DESCRIPTION "biolatency-c measures on a running system how long each request to a disk
takes, from the moment the driver gets it, or from the moment it is queued,
until it is done, and prints a histogram each interval: of all disks, of each
disk, of each kind of I/O, as text or JSON, with percentiles.
.
It takes the options of biolatency from bcc and prints the same bytes. It is
a C program: libbcc compiles its probes when it starts, for the kernel that
runs, and is gone from memory when tracing begins.")
set(CPACK_STRIP_FILES ON)
set(CPACK_SYSTEM_NAME ${CMAKE_SYSTEM_NAME}-${CMAKE_SYSTEM_PROCESSOR})
set(CPACK_GENERATOR DEB TGZ)
set(CPACK_SOURCE_GENERATOR "")
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
# libbcc is opened at run time, which shlibdeps does not see.
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libbpfcc (>= 0.18)")
set(CPACK_DEBIAN_PACKAGE_SUGGESTS "linux-headers-generic") # where the kernel has no BTF
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/debian.cmake) # 3.19
include(CPack)
