# cmake -DREBOUND=PROGRAM -DOUT=FOLDER -P man.cmake: a man page for rebound and one for each of its commands; those of
# commands that are no more go away.
set(ENV{LC_ALL} C)
file(REMOVE_RECURSE ${OUT})
file(MAKE_DIRECTORY ${OUT})

function(page name)
    execute_process(COMMAND ${REBOUND} help --man ${ARGN} OUTPUT_FILE ${OUT}/${name}.1 COMMAND_ERROR_IS_FATAL ANY)
endfunction()

execute_process(COMMAND ${REBOUND} --json help OUTPUT_VARIABLE help COMMAND_ERROR_IS_FATAL ANY)
string(JSON n LENGTH "${help}" commands)
math(EXPR last "${n} - 1")
foreach(i RANGE ${last})
    string(JSON name GET "${help}" commands ${i} name)
    page(rebound-${name} ${name})
endforeach()
page(rebound)
