-- Every page of a charged or answered case asks for its deposit codes; the index there was holds live ones only, so
-- once some were paid or expired the whole table was read.
create index deposit_code_case on deposit_code (cell, case_id);
