# cmake -DREBOUND=PROGRAM -DOUT=FOLDER -P completion.cmake: the scripts that complete rebound in bash, zsh and fish.
file(MAKE_DIRECTORY ${OUT})
foreach(pair bash:rebound zsh:_rebound fish:rebound.fish)
    string(REPLACE ":" ";" pair ${pair})
    list(GET pair 0 shell)
    list(GET pair 1 name)
    execute_process(COMMAND ${REBOUND} completion ${shell} OUTPUT_FILE ${OUT}/${name} COMMAND_ERROR_IS_FATAL ANY)
endforeach()
