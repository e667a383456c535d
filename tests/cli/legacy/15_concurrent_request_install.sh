#!/bin/sh
CONCSUB apps/$1 SYSADMIN 'System Administrator' SYSADMIN WAIT=Y CONCURRENT FND FNDSCURS PROGRAM_NAME='"Active Users"'
exit 0
