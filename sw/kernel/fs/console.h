// SPDX-License-Identifier: Apache-2.0
#pragma once

// /dev/console: output as it stands, input as it comes. It is no terminal.

#include "sw/kernel/fs/file.h"

extern const file_operations console_operations;
