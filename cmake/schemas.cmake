# cmake -DIN=FOLDER -DOUT=FILE -P schemas.cmake
# Joins the JSON files of a folder into one object, each under its name without the ending.
file(GLOB files ${IN}/*.json)
list(SORT files)
set(joined "")
foreach(file IN LISTS files)
    get_filename_component(name ${file} NAME_WLE)
    file(READ ${file} text)
    if(joined)
        string(APPEND joined ",\n")
    endif()
    string(APPEND joined "\"${name}\": ${text}")
endforeach()
file(WRITE ${OUT} "{\n${joined}}\n")
