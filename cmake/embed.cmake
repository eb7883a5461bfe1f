# cmake -DIN=file -DOUT=file.h -DNAME=array -P embed.cmake
# Writes a file's bytes as a C array, a NUL behind them; its size without the NUL is sizeof array - 1.
file(READ ${IN} hex HEX)
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "'\\\\x\\1'," bytes "${hex}")
string(REPLACE "'\\x0a'," "'\\n',\n    " bytes "${bytes}")
get_filename_component(source ${IN} NAME)
file(WRITE ${OUT} "/* Made from ${source} by the build. */\nstatic const char ${NAME}[] = {\n    ${bytes}'\\0'};\n")
