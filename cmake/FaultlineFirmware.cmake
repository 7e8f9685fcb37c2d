# SPDX-License-Identifier: Apache-2.0
# The guest's software is a CMake project of its own (sw/), built by the cross compiler.
include(ExternalProject)
set(FAULTLINE_SW_DIR ${PROJECT_BINARY_DIR}/sw)
ExternalProject_Add(faultline_sw
  SOURCE_DIR ${PROJECT_SOURCE_DIR}/sw
  BINARY_DIR ${FAULTLINE_SW_DIR}
  CMAKE_GENERATOR Ninja
  CMAKE_ARGS -DCMAKE_TOOLCHAIN_FILE=${PROJECT_SOURCE_DIR}/cmake/riscv64.cmake
             -DCMAKE_C_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
             -DCMAKE_CXX_COMPILER_LAUNCHER=${CMAKE_CXX_COMPILER_LAUNCHER}
  BUILD_ALWAYS ON
  USES_TERMINAL_BUILD ON
  INSTALL_COMMAND "")
