# cmake -DIN=words.txt -DOUT=words.h -DNAME=array -DCOUNT=2048 -DSHA256=… -P wordlist.cmake
# Writes a list of words, one a line, as a C array. Fails unless the file is exactly the one named by its hash.
file(SHA256 ${IN} got)
if(NOT got STREQUAL SHA256)
    message(FATAL_ERROR "${IN} was altered: its SHA-256 is ${got}, not ${SHA256}")
endif()
file(STRINGS ${IN} words)
list(LENGTH words n)
if(NOT n EQUAL COUNT)
    message(FATAL_ERROR "${IN} holds ${n} words, not ${COUNT}")
endif()
list(JOIN words "\",\n    \"" body)
get_filename_component(source ${IN} NAME)
file(WRITE ${OUT} "/* Made from ${source} by the build. */\nstatic const char *const ${NAME}[${COUNT}] = {\n    \"${body}\",\n};\n")
