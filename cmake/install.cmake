# What `cmake --install` puts in place: the programs, the library with its headers, and how other builds find it.
foreach(program rebound reboundd)
    if(TARGET ${program})
        install(TARGETS ${program} RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    endif()
endforeach()

if(TARGET librebound)
    include(CMakePackageConfigHelpers)
    install(TARGETS librebound EXPORT rebound LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR})
    install(FILES client/include/rebound.h common/base/rebound_error.h DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})

    # From the .pc file's own folder to the prefix, so that an installation may be moved and --prefix may be given late.
    file(RELATIVE_PATH prefix_from_pc /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
    configure_file(cmake/rebound.pc.in ${CMAKE_BINARY_DIR}/rebound.pc @ONLY)
    install(FILES ${CMAKE_BINARY_DIR}/rebound.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

    set(package ${CMAKE_INSTALL_LIBDIR}/cmake/rebound)
    install(EXPORT rebound FILE rebound-config.cmake NAMESPACE rebound:: DESTINATION ${package})
    write_basic_package_version_file(${CMAKE_BINARY_DIR}/rebound-config-version.cmake COMPATIBILITY SameMinorVersion)
    install(FILES ${CMAKE_BINARY_DIR}/rebound-config-version.cmake DESTINATION ${package})
endif()

# Man pages, as the programs themselves tell them: rebound.1, rebound-COMMAND.1 and reboundd.8.
if(TARGET rebound)
    set(man ${CMAKE_BINARY_DIR}/man)
    add_custom_command(
        OUTPUT ${man}/rebound.1
        COMMAND ${CMAKE_COMMAND} -DREBOUND=$<TARGET_FILE:rebound> -DOUT=${man} -P ${CMAKE_SOURCE_DIR}/cmake/man.cmake
        DEPENDS rebound ${CMAKE_SOURCE_DIR}/cmake/man.cmake
        VERBATIM)
    add_custom_target(man_pages ALL DEPENDS ${man}/rebound.1)
    install(DIRECTORY ${man}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 FILES_MATCHING PATTERN "*.1")

    # The schemas of what --json answers, each whole.
    set(schemas ${CMAKE_BINARY_DIR}/schemas)
    add_custom_command(
        OUTPUT ${schemas}/error.json
        COMMAND ${CMAKE_COMMAND} -DREBOUND=$<TARGET_FILE:rebound> -DOUT=${schemas}
            -P ${CMAKE_SOURCE_DIR}/cmake/schemas_whole.cmake
        DEPENDS rebound ${CMAKE_SOURCE_DIR}/cmake/schemas_whole.cmake
        VERBATIM)
    add_custom_target(json_schemas ALL DEPENDS ${schemas}/error.json)
    install(DIRECTORY ${schemas}/ DESTINATION ${CMAKE_INSTALL_DATADIR}/rebound/schemas FILES_MATCHING PATTERN "*.json")
endif()

# Completion, where each shell looks for it.
if(TARGET rebound)
    set(completion ${CMAKE_BINARY_DIR}/completion)
    add_custom_command(
        OUTPUT ${completion}/rebound ${completion}/_rebound ${completion}/rebound.fish
        COMMAND ${CMAKE_COMMAND} -DREBOUND=$<TARGET_FILE:rebound> -DOUT=${completion} -P ${CMAKE_SOURCE_DIR}/cmake/completion.cmake
        DEPENDS rebound ${CMAKE_SOURCE_DIR}/cmake/completion.cmake
        VERBATIM)
    add_custom_target(completions ALL DEPENDS ${completion}/rebound)
    install(FILES ${completion}/rebound DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
    install(FILES ${completion}/_rebound DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
    install(FILES ${completion}/rebound.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
endif()

if(TARGET reboundd)
    set(man8 ${CMAKE_BINARY_DIR}/man8/reboundd.8)
    add_custom_command(
        OUTPUT ${man8}
        COMMAND ${CMAKE_COMMAND} -DREBOUNDD=$<TARGET_FILE:reboundd> -DOUT=${man8} -P ${CMAKE_SOURCE_DIR}/cmake/man_server.cmake
        DEPENDS reboundd ${CMAKE_SOURCE_DIR}/cmake/man_server.cmake
        VERBATIM)
    add_custom_target(man_page_server ALL DEPENDS ${man8})
    install(FILES ${man8} DESTINATION ${CMAKE_INSTALL_MANDIR}/man8)
endif()
