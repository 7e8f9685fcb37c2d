# SPDX-License-Identifier: Apache-2.0
# How every library, program and test of the host is built: one place for the language, the warnings and
# the libraries, so that the folders say only what they hold.

find_package(PkgConfig REQUIRED)
pkg_check_modules(SYSTEMC REQUIRED IMPORTED_TARGET systemc)

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)

add_library(faultline_options INTERFACE)
target_include_directories(faultline_options INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_options(faultline_options INTERFACE -Wall -Wextra -Wshadow -Wconversion
  -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# When it optimises, g++ 12 sees overflows in its own std::string that are not there (GCC bugs 105329,
# 105651); the sanitizers' build looks for the real ones.
target_compile_options(faultline_options INTERFACE $<$<CONFIG:Release>:-Wno-array-bounds -Wno-restrict
  -Wno-stringop-overflow -Wno-stringop-overread -Wno-maybe-uninitialized>)
# Debian's SystemC is built as C++17 and checks at link time that its users say the same;
# its interface is the same for C++20.
target_compile_definitions(faultline_options INTERFACE SC_CPLUSPLUS=201703L SC_INCLUDE_DYNAMIC_PROCESSES)
target_link_libraries(faultline_options INTERFACE PkgConfig::SYSTEMC)
if(FAULTLINE_SANITIZE)
  # vptr, null and object-size say little beside the address sanitizer and double the compiler's time.
  target_compile_options(faultline_options INTERFACE -fsanitize=address,undefined
    -fno-sanitize=vptr,null,object-size -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(faultline_options INTERFACE -fsanitize=address,undefined)
endif()

# faultline_library(NAME SOURCES... [DEPENDS libraries...]): a static library of the host.
function(faultline_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC faultline_options ${ARG_DEPENDS})
  # SystemC's headers cost some two seconds a file: compile them once a library.
  target_precompile_headers(${name} PRIVATE <systemc> <tlm> <array> <cstdint> <string> <vector>)
endfunction()

# faultline_test(NAME LABEL label SOURCES... DEPENDS libraries...): a GoogleTest executable and its
# ctest entries; a SystemC program may elaborate only once, so each test case runs in a process of its own
# when ONE_PROCESS_EACH is given.
function(faultline_test name)
  cmake_parse_arguments(ARG "ONE_PROCESS_EACH" "LABEL" "SOURCES;DEPENDS" ${ARGN})
  find_package(GTest REQUIRED)
  include(GoogleTest)
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE faultline_options ${ARG_DEPENDS} faultline_test_main GTest::gmock)
  target_precompile_headers(${name} REUSE_FROM faultline_test_main)
  if(ARG_ONE_PROCESS_EACH)
    gtest_discover_tests(${name} PROPERTIES LABELS ${ARG_LABEL} DISCOVERY_TIMEOUT 60)
  else()
    add_test(NAME ${name} COMMAND ${name})
    set_tests_properties(${name} PROPERTIES LABELS ${ARG_LABEL})
  endif()
endfunction()
