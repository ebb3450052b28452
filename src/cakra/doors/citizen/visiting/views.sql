-- name: begin_try
-- Count one answer as wrong before it is judged, unless its subject is closed here; then nothing is counted anywhere.
-- $1 scope, $2 subject and network, $3 network, $4 subject, $5 now, $6 answers allowed, $7 the same in a crowd,
-- $8 and $9 how many wrong answers in an hour make a crowd of a network and of a subject, $10 waits, $11 forgotten after.
-- `judged`: whether it may be judged; `closed_until`: when the next one may be.
with quick as (select set_config('synchronous_commit', 'off', true)),
crowd as (
    select case when exists (
        select from portal_try t
        where t.since > $5::timestamptz - interval '1 hour'
            and ((t.scope = $1::text || '_network' and t.subject = $3::bytea and t.wrong >= $8::integer)
                or (t.scope = $1 || '_subject' and t.subject = $4::bytea and t.wrong >= $9::integer))
    ) then least($6::integer, $7::integer) else $6 end as allowed
),
one as (
    insert into portal_try as t (scope, subject, since, wrong, closed_until)
    select $1, $2::bytea, $5, 1, case when crowd.allowed <= 1 then $5 + ($10::interval[])[1] end
    from crowd, quick
    on conflict (scope, subject) do update set
        since = case when t.since <= $5 - $11::interval then $5 else t.since end,
        wrong = case when t.since <= $5 - $11 then 1 else t.wrong + 1 end,
        closed_until = case
            when t.since <= $5 - $11 then excluded.closed_until
            when t.wrong + 1 >= (select allowed from crowd)
                then $5 + ($10)[least(greatest(t.wrong + 2 - $6, 1), cardinality($10))]
        end
    where t.closed_until is null or t.closed_until <= $5
    returning closed_until
),
others as (
    insert into portal_try as t (scope, subject, since, wrong)
    select w.scope, w.subject, $5, 1
    from (values ($1 || '_network', $3), ($1 || '_subject', $4)) as w(scope, subject), one
    order by w.scope
    on conflict (scope, subject) do update set
        since = case when t.since <= $5 - interval '1 hour' then $5 else t.since end,
        wrong = case when t.since <= $5 - interval '1 hour' then 1 else t.wrong + 1 end
    returning 1
)
select exists (select from one) as judged, (select count(*) from others) as others,
    coalesce(
        (select closed_until from one),
        (select t.closed_until from portal_try t where t.scope = $1 and t.subject = $2 and t.closed_until > $5)
    ) as closed_until

-- name: forgive_try
-- It was right: its subject begins anew here, and it counts nowhere. Locks in the order of begin_try.
with quick as (select set_config('synchronous_commit', 'off', true)),
gone as (
    delete from portal_try t using quick where t.scope = $1::text and t.subject = $2::bytea returning 1
),
held as (
    select t.scope, t.subject from portal_try t
    where (select count(*) from gone) >= 0
        and ((t.scope = $1 || '_network' and t.subject = $3::bytea) or (t.scope = $1 || '_subject' and t.subject = $4::bytea))
    order by t.scope for update
)
update portal_try t set wrong = greatest(t.wrong - 1, 0)
from held where t.scope = held.scope and t.subject = held.subject

-- name: forget_tries
-- In pieces: hours that are over, and waits of a case that began more than a month ago.
delete from portal_try
where (scope, subject) in (
    select scope, subject from portal_try
    where (scope <> 'chassis' and since < $1::timestamptz - interval '3 hours')
        or (scope = 'chassis' and since < $1 - interval '31 days')
    limit $2
)
returning scope

-- name: forget_attempts
-- In pieces; counts of other doors, none of which looks back further than an hour.
delete from attempt_limit
where (scope, subject, since) in (
    select scope, subject, since from attempt_limit
    where since < date_trunc('hour', $1::timestamptz) - interval '1 hour' limit $2
)
returning scope

-- name: find_contacted
-- A reference is known to the portal once its party was written to.
select r.cell, r.case_id, r.party_id, r.closed_at is not null as closed, r.replaced_by is not null as replaced,
    p.factor_kind, p.factor, c.plate
from reference r
join party p on p.cell = r.cell and p.case_id = r.case_id and p.party_id = r.party_id
join case_file c on c.cell = r.cell and c.case_id = r.case_id
where r.cell = $1 and r.reference = $2
    and exists (select from notice n where n.cell = r.cell and n.case_id = r.case_id and n.party_id = r.party_id)

-- name: chassis
-- What the second factor is held against, and how far guessing has come.
select p.factor, f.closed_at, coalesce(f.openings, 0) as openings
from party p
left join second_factor f on f.cell = p.cell and f.case_id = p.case_id and f.party_id = p.party_id
where p.cell = $1 and p.case_id = $2 and p.party_id = $3 and p.factor_kind = 'chassis'

-- name: count_proof
-- One more wrong number over the case's life; no row once it is closed. $5: the cap.
insert into second_factor as f (cell, case_id, party_id, wrong, last_at) values ($1, $2, $3, 1, $4)
on conflict (cell, case_id, party_id) do update set
    wrong = f.wrong + 1, last_at = $4, closed_at = case when f.wrong + 1 >= $5::integer then $4 end
where f.closed_at is null
returning closed_at

-- name: forgive_proof
update second_factor set wrong = greatest(wrong - 1, 0), closed_at = null
where cell = $1 and case_id = $2 and party_id = $3

-- name: guessing
-- For the operator: wrong answers from all networks that began within the hour, cases closed by guessing in a week.
select (select coalesce(sum(wrong), 0)::bigint from portal_try
        where scope in ('plate_network', 'chassis_network') and since > $1::timestamptz - interval '1 hour') as wrong,
    (select count(*) from second_factor where closed_at > $1 - interval '7 days') as closed
