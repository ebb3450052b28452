-- name: _case
c.cell, c.case_id, c.version, c.reference, c.jurisdiction, c.state, c.plate, c.claimed_plate,
    c.offences, c.occurred_at, c.received_at, c.camera, c.vehicle_kind, c.party_id, c.delivered_at,
    c.confirm_by, c.pay_by, c.step, c.tries

-- name: claim
-- $1 steps, $2 limit, $3 lease seconds, $4 worker, $5 cells (null: all). A lease is a later due_at.
-- Tries are bounded: one that is made for years must not overflow and stop the claim of all others.
with due as (
    select cell, case_id
    from case_file
    where step = any($1) and due_at <= now() and ($5::smallint[] is null or cell = any($5))
    order by due_at
    limit $2
    for update skip locked
)
update case_file as c
set due_at = now() + make_interval(secs => $3), leased_by = $4, version = c.version + 1,
    tries = least(c.tries + 1, 1000)
from due
where c.cell = due.cell and c.case_id = due.case_id
returning {_case}

-- name: release
update case_file as c
set due_at = now() + make_interval(secs => $4), leased_by = null, version = c.version + 1,
    tries = greatest(c.tries - 1, 0)
from unnest($1::smallint[], $2::bigint[], $3::integer[]) as o(cell, case_id, version)
where c.cell = o.cell and c.case_id = o.case_id and c.version = o.version

-- name: write_back
-- One row a case; a null fact leaves its column alone. Rows whose version moved on are left out.
-- A case that stays on its step keeps its tries: after several an officer looks. Another party's turn begins without
-- the proof and the days of the one before.
update case_file as c
set state = o.state,
    previous_state = coalesce(o.moved_from, c.previous_state),
    state_since = case when o.moved_from is null then c.state_since else $14 end,
    step = o.step, due_at = o.due_at, leased_by = null, version = c.version + 1,
    tries = case when o.moved_from is null and o.step = c.step then c.tries else 0 end,
    assigned_to = case when o.moved_from is null then c.assigned_to end,
    plate = coalesce(o.plate, c.plate),
    vehicle_kind = coalesce(o.vehicle_kind, c.vehicle_kind),
    party_id = coalesce(o.party_id, c.party_id),
    delivered_at = case when o.party_id <> c.party_id then o.delivered_at else coalesce(o.delivered_at, c.delivered_at) end,
    confirm_by = case when o.party_id <> c.party_id then o.confirm_by else coalesce(o.confirm_by, c.confirm_by) end,
    pay_by = case when o.party_id <> c.party_id then o.pay_by else coalesce(o.pay_by, c.pay_by) end
from unnest($1::smallint[], $2::bigint[], $3::integer[], $4::text[], $5::text[], $6::text[], $7::timestamptz[],
            $8::text[], $9::text[], $10::bigint[], $11::timestamptz[], $12::timestamptz[], $13::timestamptz[])
    as o(cell, case_id, version, state, moved_from, step, due_at,
         plate, vehicle_kind, party_id, delivered_at, confirm_by, pay_by)
where c.cell = o.cell and c.case_id = o.case_id and c.version = o.version
returning c.cell, c.case_id

-- name: find_case
select {_case}
from case_file as c
where c.cell = $1 and c.case_id = $2

-- name: find_case_locked
select {_case}
from case_file as c
where c.cell = $1 and c.case_id = $2
for update

-- name: case_of_reference
-- Whose case a reference is, of whichever of its parties, open or closed; before an owner is known the file's own number.
select coalesce(
    (select r.case_id from reference r where r.cell = $1 and r.reference = $2),
    (select c.case_id from case_file c where c.cell = $1 and c.reference = $2))

-- name: lock_cases
-- In key order, so that two writers never wait for each other in a circle.
select {_case}
from case_file as c
join (select distinct * from unnest($1::smallint[], $2::bigint[]) as t(cell, case_id)) as w using (cell, case_id)
order by c.cell, c.case_id
for update of c

-- name: hold_cases
-- Held against a move, while others may still read and hold them.
select {_case}
from case_file as c
join (select distinct * from unnest($1::smallint[], $2::bigint[]) as t(cell, case_id)) as w using (cell, case_id)
order by c.cell, c.case_id
for share of c

-- name: extend_cases
-- A record joined these cases ($3: offences new to them, comma separated). Before screening has written
-- its verdict it must look again: the version takes the row from whoever holds it. An officer's case
-- only takes new offences. Every other state is left alone; what is not returned came too late.
update case_file as c
set offences = c.offences || array(
        select added from unnest(string_to_array(w.added, ',')) as added where added <> all (c.offences)),
    version = c.version + 1,
    due_at = case when c.state = 'received' and c.leased_by is not null then $4 else c.due_at end,
    leased_by = case when c.state = 'received' then null else c.leased_by end
from unnest($1::smallint[], $2::bigint[], $3::text[]) as w(cell, case_id, added)
where c.cell = w.cell and c.case_id = w.case_id
    and (c.state = 'received' or (c.state = 'review' and w.added <> ''))
returning c.cell, c.case_id

-- name: unprove_cases
-- The letter that had started the deadlines came back: without proof they do not run.
update case_file c set delivered_at = null, confirm_by = null, version = c.version + 1
from unnest($1::smallint[], $2::bigint[]) as o(cell, case_id)
where c.cell = o.cell and c.case_id = o.case_id

-- name: retry_case
-- One that was set aside ($4: the version that the failure left; a claim since then adds one) is tried again at once.
update case_file set due_at = now(), leased_by = null, tries = 0, version = version + 1
where cell = $1 and case_id = $2 and step = $3 and version <= $4 + 1
returning case_id

-- name: wake
select pg_notify('cakra_due', $1)
