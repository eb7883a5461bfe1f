# cmake -DREBOUNDD=PROGRAM -DOUT=FILE -P man_server.cmake: the server's man page.
get_filename_component(folder ${OUT} DIRECTORY)
file(MAKE_DIRECTORY ${folder})
execute_process(COMMAND ${REBOUNDD} help --man OUTPUT_FILE ${OUT} COMMAND_ERROR_IS_FATAL ANY)
