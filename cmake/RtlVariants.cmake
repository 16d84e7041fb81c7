# fragua_rtl_variants(SOURCES_VAR MODELS_VAR [YAMLS files...]): Verilates fr_engine once per configuration and
# generates the list of them that the platform chooses from. Without YAMLS it takes configs/engines/*.yaml: a new
# file there, or a changed one, takes part in the next build. A configuration elsewhere comes with RTL of its own
# beside it. A model that is there already is not made again.
include(FraguaVerilate)

function(fragua_rtl_variants sources_var models_var)
  cmake_parse_arguments(ARG "" "" "YAMLS" ${ARGN})
  set(configs ${PROJECT_SOURCE_DIR}/configs/engines)
  set(platform ${PROJECT_SOURCE_DIR}/sim/src/platform)
  set(yamls ${ARG_YAMLS})
  if(NOT yamls)
    file(GLOB yamls CONFIGURE_DEPENDS ${configs}/*.yaml)
  endif()
  set(sources)
  set(models)
  set(FRAGUA_DECLARATIONS)
  set(FRAGUA_ENTRIES)
  set(dir ${CMAKE_CURRENT_BINARY_DIR}/rtl)
  foreach(yaml ${yamls})
    get_filename_component(FRAGUA_ENGINE ${yaml} NAME_WE)
    string(MAKE_C_IDENTIFIER ${FRAGUA_ENGINE} id)
    set(FRAGUA_PREFIX fr_engine_${id})
    if(NOT TARGET fragua_rtl_${id})
      get_filename_component(folder ${yaml} DIRECTORY)
      if("${folder}" STREQUAL "${configs}")
        set(folder ${PROJECT_SOURCE_DIR}/rtl)
      endif()
      fragua_verilate(fragua_rtl_${id} TOP fr_engine PREFIX ${FRAGUA_PREFIX} ENGINE ${yaml} TRACE
        RTL ${folder} OBSERVE ${platform}/observe.vlt)
    endif()
    list(APPEND models fragua_rtl_${id})
    configure_file(${platform}/rtl_variant.cc.in ${dir}/${FRAGUA_PREFIX}.cc @ONLY)
    list(APPEND sources ${dir}/${FRAGUA_PREFIX}.cc)

    execute_process(
      COMMAND ${FRAGUA_PYTHON} ${PROJECT_SOURCE_DIR}/tools/engine_params.py ${yaml} --format json
      OUTPUT_VARIABLE json COMMAND_ERROR_IS_FATAL ANY)
    set(values "\"${FRAGUA_ENGINE}\", \"\"")
    foreach(key array.pc array.pk lanes acc_bits activation_words squeeze_words weight_words pool_words
            store_fifo_words queue_commands read_outstanding)
      string(JSON value GET ${json} ${key})
      string(APPEND values ", ${value}")
    endforeach()
    string(APPEND FRAGUA_DECLARATIONS "std::unique_ptr<RtlModel> Make_${FRAGUA_PREFIX}();\n")
    string(APPEND FRAGUA_ENTRIES "      {{${values}, 0.0}, &Make_${FRAGUA_PREFIX}},\n")
  endforeach()
  configure_file(${platform}/rtl_variants.cc.in ${dir}/rtl_variants.cc @ONLY)
  list(APPEND sources ${dir}/rtl_variants.cc)
  set(${sources_var} ${sources} PARENT_SCOPE)
  set(${models_var} ${models} PARENT_SCOPE)
endfunction()
