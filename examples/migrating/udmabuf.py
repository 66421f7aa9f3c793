#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later OR MIT
"""A buffer of u-dma-buf from Python: udmabuf.py NODE CLASS, which are all that differs."""
import mmap
import os
import sys

NODE, CLASS = sys.argv[1:] if len(sys.argv) > 2 else ("/dev/udmabuf0", "/sys/class/u-dma-buf/udmabuf0")


def get(name, radix=10):
    with open(os.path.join(CLASS, name)) as file:
        return int(file.read(), radix)


def put(name, value):
    with open(os.path.join(CLASS, name), "w") as file:
        file.write(str(value))


size, address = get("size"), get("phys_addr", 16)
node = os.open(NODE, os.O_RDWR)
buffer = mmap.mmap(node, size)
buffer[:] = b"1" * size
put("sync_direction", 1)
put("sync_offset", 0)
put("sync_size", size)
put("sync_for_device", 1)
# ... the device is at work, at the address ...
put("sync_direction", 2)
put("sync_for_cpu", 1)
buffer.flush()
print(size, buffer[size - 1])
