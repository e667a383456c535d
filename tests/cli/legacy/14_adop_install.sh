#!/bin/sh
{ echo $1; echo $1; echo $1; } | adop phase=apply patches=12345678 apply_mode=hotpatch
exit 0
