-- name: reminded
-- Zone of each case's jurisdiction, and the newest reminder made since its delivery was proved.
select c.cell, c.case_id, j.zone,
    (select coalesce(max(n.number), 0) from notice n
     where n.cell = c.cell and n.case_id = c.case_id and n.purpose = 'reminder' and n.created_at >= c.delivered_at) as made
from unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
join case_file c on c.cell = w.cell and c.case_id = w.case_id
join jurisdiction j on j.code = c.jurisdiction
