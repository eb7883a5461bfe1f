# cmake -DIN=de.po -DOUT=de.mo -DMSGFMT=msgfmt -DPOINTER=8 -P catalogue.cmake
# Compiles a catalogue. Conversions of <inttypes.h>, which gettext writes as %<PRIu64>, become what this machine's compiler puts
# there, so that a text is found as it stands in the program.
file(READ ${IN} text)
if(POINTER EQUAL 8)
    set(long l)
else()
    set(long ll)
endif()
string(REGEX REPLACE "<PRI([diuxX])64>" "${long}\\1" text "${text}")
string(REGEX REPLACE "<PRI([diuxX])32>" "\\1" text "${text}")
file(WRITE ${OUT}.po "${text}")
execute_process(COMMAND ${MSGFMT} --check --endianness=little --no-hash -o ${OUT} ${OUT}.po RESULT_VARIABLE failed)
if(failed)
    message(FATAL_ERROR "${IN} could not be compiled")
endif()
