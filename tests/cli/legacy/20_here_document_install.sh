#!/bin/sh
sqlplus -s /nolog <<SQL
connect apps/$1
begin
  xx_inv.seed;
end;
/
SQL
exit 0
