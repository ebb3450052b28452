-- name: try_alone
-- One eraser at a time, on all hosts; given back when the session ends, however it ends.
select pg_try_advisory_lock(hashtext('cakra.retention'))

-- name: not_alone
select pg_advisory_unlock(hashtext('cakra.retention'))

-- name: class_to_look_at
-- The first of these classes that nobody looked at since $2.
select w.class
from unnest($1::text[]) with ordinality as w(class, place)
where not exists (select from erasure e where e.class = w.class and e.at > $2)
order by w.place
limit 1

-- name: begin_look
insert into erasure (erasure_id, class, at, cutoff) values ($1, $2, $3, $4)

-- name: count_erased
update erasure set cases = cases + $2, photographs = photographs + $3, bytes = bytes + $4 where erasure_id = $1

-- name: count_failed
update erasure set failed = failed + 1, problem = $2 where erasure_id = $1

-- name: end_look
update erasure set ended_at = $2 where erasure_id = $1 returning cases

-- name: forget_empty_looks
-- Of looks that found nothing only the newest of a class stays.
delete from erasure
where class = $1 and at > $2 and erasure_id < $3 and ended_at is not null and cases = 0 and failed = 0

-- name: candidates
-- Cases that came to state $1 before $2, from behind (state since $3, case id $4) on, the oldest first.
select c.cell, c.case_id, c.version, c.state_since
from case_file c
where c.state in ('rejected', 'diverted', 'withdrawn', 'lapsed', 'undeliverable', 'closed', 'refunded', 'forfeited')
    and c.state = $1 and c.state_since <= $2 and c.state_since >= $3 and (c.state_since, c.case_id) > ($3, $4)
order by c.state_since, c.case_id
limit $5

-- name: kept
-- What decides about these cases, after they were locked: a hold that was placed meanwhile is seen.
select c.cell, c.case_id, c.state, c.state_since as since,
    c.delivered_at is not null or exists (
        select from notice n where n.cell = c.cell and n.case_id = c.case_id) as told,
    exists (select from deposit_code d where d.cell = c.cell and d.case_id = c.case_id) as charged,
    c.step is not null or exists (
        select from notice n where n.cell = c.cell and n.case_id = c.case_id and n.step is not null) as waits,
    exists (
        select from legal_hold h where h.cell = c.cell and h.case_id = c.case_id and h.released_at is null) as held
from case_file c
join unnest($1::smallint[], $2::bigint[]) as w(cell, case_id) on c.cell = w.cell and c.case_id = w.case_id

-- name: begin_pictures
-- The next of those that are to leave the store; from now on intake does not rely on them.
update leaving_picture
set begun_at = now()
where gone_at is null and sha256 = any(array(
    select sha256 from leaving_picture where gone_at is null and listed_at <= now() order by tries, listed_at limit $1))
returning sha256, parent, listed_at

-- name: intake_cells
select first_cell, cells from jurisdiction order by first_cell

-- name: wait_for_intake
-- Every set of records that was being written when this began is written when it returns.
select pg_advisory_xact_lock(hashtext('cakra.intake'), c.cell) from unnest($1::integer[]) as c(cell)

-- name: still_needed
-- Of each of these pictures: whether a case stands on it or shows it, and whether one stands on the original it is of.
select w.sha256, coalesce(
        (select true from photo p where substr(p.sha256, 1, 7) = substr(w.sha256, 1, 7) and p.sha256 = w.sha256 limit 1),
        (select true from derived_picture d
         where substr(d.sha256, 1, 7) = substr(w.sha256, 1, 7) and d.sha256 = w.sha256 limit 1),
        false) as used,
    coalesce(
        (select true from photo p where substr(p.sha256, 1, 7) = substr(w.parent, 1, 7) and p.sha256 = w.parent limit 1),
        false) as of_one_there
from unnest($1::bytea[], $2::bytea[]) as w(sha256, parent)

-- name: unlist_pictures
-- One that was listed anew meanwhile stays listed.
delete from leaving_picture l using unnest($1::bytea[], $2::timestamptz[]) as w(sha256, listed_at)
where l.sha256 = w.sha256 and l.listed_at = w.listed_at

-- name: pictures_gone
update leaving_picture l set gone_at = now() from unnest($1::bytea[], $2::timestamptz[]) as w(sha256, listed_at)
where l.sha256 = w.sha256 and l.listed_at = w.listed_at

-- name: leave_pictures
-- Their original is there, and somebody may be about to show them: looked at again a day later.
update leaving_picture l set listed_at = now() + interval '1 day', begun_at = null
from unnest($1::bytea[], $2::timestamptz[]) as w(sha256, listed_at)
where l.sha256 = w.sha256 and l.listed_at = w.listed_at

-- name: put_off_pictures
-- The store has them still: tried again behind all others, and until then intake may rely on them.
update leaving_picture l set tries = tries + 1, begun_at = null
from unnest($1::bytea[]) as w(sha256) where l.sha256 = w.sha256

-- name: forget_pictures
delete from leaving_picture
where sha256 = any(array(select sha256 from leaving_picture where gone_at < $1 order by gone_at limit $2))

-- name: waiting_pictures
-- How many have been waiting since before $1, counted to a bound.
select count(*) from (select from leaving_picture where gone_at is null and listed_at < $1 limit 1000) as waiting

-- name: erase_payments
-- Deposit codes that expired before $1; one whose case is there, or is held, stays with it.
delete from deposit_code where code = any(array(
    select d.code from deposit_code d
    where d.expires_at < $1
        and (select c.case_id from case_file c where c.cell = d.cell and c.case_id = d.case_id) is null
        and (select h.case_id from legal_hold h
             where h.cell = d.cell and h.case_id = d.case_id and h.released_at is null) is null
    order by d.expires_at limit $2))
returning code

-- name: erase_agreements
with old as (select cell, case_id, camera from camera_agreement where at < $1 limit $2)
delete from camera_agreement a using old
where a.cell = old.cell and a.case_id = old.case_id and a.camera = old.camera
returning a.case_id

-- name: erase_staff_log
select erase_staff_log($1, $2)

-- name: erase_runs
delete from erasure
where at < $1 and erasure_id = any(array(select erasure_id from erasure order by erasure_id limit $2))
returning erasure_id

-- name: erase_holds
delete from legal_hold where released_at < $1 returning case_id

-- name: place_hold
insert into legal_hold (cell, case_id, placed_at, reason, placed_by) values ($1, $2, $3, $4, $5)
on conflict (cell, case_id) where released_at is null do nothing
returning true

-- name: open_hold
select placed_at, placed_by from legal_hold where cell = $1 and case_id = $2 and released_at is null for update

-- name: release_hold
update legal_hold set released_by = $4, released_at = $5, release_reason = $6
where cell = $1 and case_id = $2 and placed_at = $3

-- name: holds
-- Of the offices $1 (null: all). A hold may outlive its case only when it was released; those in force have theirs.
select h.cell, h.case_id, c.reference, c.state, h.placed_at, h.placed_by, h.reason
from legal_hold h
join case_file c on c.cell = h.cell and c.case_id = h.case_id
where h.released_at is null and ($1::text[] is null or c.jurisdiction = any($1))
order by h.placed_at

-- name: erasures
select class, at, cutoff, cases, photographs, bytes, failed, problem, ended_at
from erasure
order by erasure_id desc
limit $1

-- name: newest_looks
-- Of each class the newest look that came to its end.
select w.class, e.at, e.failed, e.problem
from unnest($1::text[]) as w(class)
cross join lateral (
    select at, failed, problem from erasure where class = w.class and ended_at is not null order by at desc limit 1
) as e

-- name: in_use_since
select applied_at from schema_migration where number = 25
