# cmake -DREBOUND=PROGRAM -DOUT=FOLDER -P schemas_whole.cmake: each schema of what --json answers, as the program prints it;
# those that are no more go away.
set(ENV{LC_ALL} C)
file(REMOVE_RECURSE ${OUT})
file(MAKE_DIRECTORY ${OUT})
execute_process(COMMAND ${REBOUND} --json help json OUTPUT_VARIABLE help COMMAND_ERROR_IS_FATAL ANY)
string(JSON n LENGTH "${help}" schemas)
math(EXPR last "${n} - 1")
foreach(i RANGE ${last})
    string(JSON name GET "${help}" schemas ${i} name)
    execute_process(COMMAND ${REBOUND} help json ${name} OUTPUT_FILE ${OUT}/${name}.json COMMAND_ERROR_IS_FATAL ANY)
endforeach()
