-- name: attempts_by_number
-- The newest attempt of each number ($1) from the days before the receipt came ($2): SMS centres use numbers again.
select distinct on (a.provider_id) a.provider_id, a.cell, a.notice_id, a.attempt
from attempt a
where a.channel = 'sms' and a.provider_id = any($1::text[])
    and a.intended_at between $2::timestamptz - interval '5 days' and $2::timestamptz
order by a.provider_id, a.intended_at desc, a.attempt desc

-- name: codes_by_number
-- As attempts; codes are kept for a day.
select distinct on (o.provider_id) o.provider_id, o.cell, o.code_id
from one_time_code o
where o.channel = 'sms' and o.provider_id = any($1::text[])
    and o.intended_at between $2::timestamptz - interval '5 days' and $2::timestamptz
order by o.provider_id, o.intended_at desc, o.code_id desc
