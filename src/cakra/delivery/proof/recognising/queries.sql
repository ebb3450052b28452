-- name: attempts_by_number
-- The newest attempt of each number ($1) from the days before the receipt came ($2): SMS centres use numbers again.
select distinct on (a.provider_id) a.provider_id, a.cell, a.notice_id, a.attempt
from attempt a
where a.channel = 'sms' and a.provider_id = any($1::text[])
    and a.intended_at between $2::timestamptz - interval '5 days' and $2::timestamptz
order by a.provider_id, a.intended_at desc, a.attempt desc
