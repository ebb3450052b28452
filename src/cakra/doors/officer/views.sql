-- name: count_tries
-- One more try of an officer from an address, and in the other scopes unless that pair is over $4: what is refused
-- unjudged counts against nobody else. The counts after it.
with w as (select scope, subject from unnest($1::text[], $2::bytea[]) as t(scope, subject)),
pair as (
    insert into attempt_limit as a (scope, subject, since, count)
    select scope, subject, $3::timestamptz, 1 from w where scope = 'petugas_pasangan'
    on conflict (scope, subject, since) do update set count = a.count + 1
    returning scope, count
),
others as (
    insert into attempt_limit as a (scope, subject, since, count)
    select w.scope, w.subject, $3, 1 from w, pair
    where w.scope <> 'petugas_pasangan' and pair.count <= $4::integer
    order by w.scope
    on conflict (scope, subject, since) do update set count = a.count + 1
    returning scope, count
)
select scope, count from pair union all select scope, count from others

-- name: second_factor
-- How far guessing the chassis number of one case has come.
select f.wrong, f.last_at, f.closed_at, f.openings, f.opened_by, f.opened_at
from second_factor f where f.cell = $1 and f.case_id = $2
order by f.closed_at desc nulls last, f.last_at desc limit 1

-- name: open_second_factor
-- The count begins anew, and so do the waits of every network.
update second_factor set wrong = 0, closed_at = null, openings = openings + 1, opened_by = $3, opened_at = $4
where cell = $1 and case_id = $2
returning openings

-- name: closed_factors
-- Cases whose chassis number was guessed at until it was closed, the newest first; $1: of these offices, null: all.
select c.reference, f.closed_at from second_factor f
join case_file c on c.cell = f.cell and c.case_id = f.case_id
where f.closed_at is not null and ($1::text[] is null or c.jurisdiction = any($1))
order by f.closed_at desc limit 20

-- name: forget_try
-- A try that came in counts no longer against anybody: an office signs in from one address.
update attempt_limit a set count = case when a.scope = 'petugas_pasangan' then 0 else greatest(a.count - 1, 0) end
from unnest($1::text[], $2::bytea[]) as w(scope, subject)
where a.scope = w.scope and a.subject = w.subject and a.since = $3

-- name: open_session
insert into staff_session (token_hash, username, csrf, created_at, seen_at, expires_at) values ($1, $2, $3, $4, $4, $5)

-- name: end_session
delete from staff_session where token_hash = $1

-- name: end_old_sessions
delete from staff_session
where token_hash in (select token_hash from staff_session where expires_at <= $1 or seen_at <= $2 limit $3)
returning username

-- name: find_session
-- `paused`: the office of each pause in force, '' of the nation's; `doubted`: of each camera left to officers.
select o.username, o.name, o.rank, o.certified, o.active, s.csrf, s.seen_at,
    array(select case p.level when 'jurisdiction' then p.key else '' end from pause p where p.resumed_at is null) as paused,
    array(select k.jurisdiction from camera_standing c join camera k on k.code = c.camera where c.outcome = 'human')
        as doubted
from staff_session s join officer o using (username)
where s.token_hash = $1 and s.expires_at > $2 and s.seen_at > $3 and o.active

-- name: see_session
update staff_session set seen_at = $2 where token_hash = $1

-- name: desk_counts
-- What waits for an officer: state by state and office by office ($2, null: all) along the desk's own partial index,
-- up to $1 each, with the oldest.
select w.state, sum(n.cases)::bigint as cases, min(n.oldest) as oldest
from unnest('{review,unidentified,undeliverable,answered,disputed}'::text[]) as w(state)
cross join unnest(coalesce($2::text[], array(select code from jurisdiction))) as at(place)
cross join lateral (
    select count(*) as cases, min(state_since) as oldest
    from (
        select c.state_since from case_file c
        where c.state = w.state and c.state in ('review', 'unidentified', 'undeliverable', 'answered', 'disputed')
            and c.jurisdiction = at.place and (c.state <> 'answered' or c.step is null)
        order by c.state_since
        limit $1
    ) as first
) as n
where n.cases > 0
group by w.state

-- name: count_states
-- Cases by state among $1 of them: all, where there are no more.
select state, count(*) as cases from (select state from case_file limit $1) as counted group by state

-- name: count_states_of
-- The same of some offices ($2), cell by cell.
select state, count(*) as cases
from (
    select c.state
    from (
        select generate_series(j.first_cell, j.first_cell + j.cells - 1)::smallint as cell from jurisdiction j
        where j.code = any($2::text[])
    ) as at
    cross join lateral (select w.state from case_file w where w.cell = at.cell order by w.case_id limit $1) as c
    limit $1
) as counted
group by state

-- name: about_states
-- About how many cases are in each common state, by the planner's own statistics; nothing is counted.
select v.state, (v.share * c.reltuples)::bigint as cases
from pg_class c
join pg_stats s on s.schemaname = c.relnamespace::regnamespace::text and s.tablename = c.relname and s.attname = 'state'
cross join lateral unnest(s.most_common_vals::text::text[], s.most_common_freqs) as v(state, share)
where c.oid = 'case_file'::regclass and c.reltuples > 0

-- name: queue
-- $1 states, $2 offence or null, $3 and $4 the last row shown (instant, case id) or null, $5 limit, $6 language,
-- $7 offices or null for all. State by state and office by office, so that each walks the desk's index in order and
-- stops at the limit.
with waiting as (
    select found.* from unnest($1::text[]) as w(state)
    cross join unnest(coalesce($7::text[], array(select code from jurisdiction))) as at(place)
    cross join lateral (
        select c.cell, c.case_id, c.reference, c.state, c.state_since, c.plate, c.claimed_plate, c.offences,
            c.occurred_at, c.camera, c.assigned_to, c.assigned_until
        from case_file c
        where c.state = w.state and c.state in ('review', 'unidentified', 'undeliverable', 'answered', 'disputed')
            and c.jurisdiction = at.place and (c.state <> 'answered' or c.step is null)
            and ($2::text is null or $2 = any(c.offences))
            and ($3::timestamptz is null or c.state_since >= $3)
            and ($3::timestamptz is null or (c.state_since, c.case_id) > ($3, $4::bigint))
        order by c.state_since, c.case_id
        limit $5
    ) as found
    order by state_since, case_id
    limit $5
)
select w.*, k.place,
    (select d.sha256 from derived_picture d
     where d.cell = w.cell and d.case_id = w.case_id and d.kind = 'plate' order by d.made_at desc limit 1) as crop,
    (select jsonb_path_query_first(s.findings, '$[*] ? (@.verdict != "ok")') ->> ('words_' || $6::text)
     from screening s where s.cell = w.cell and s.case_id = w.case_id order by s.at desc limit 1) as doubt,
    (select e.told from case_event e
     where e.cell = w.cell and e.case_id = w.case_id and e.to_state = w.state
     order by e.at desc, e.event_id desc limit 1) as told
from waiting w
join camera k on k.code = w.camera
order by w.state_since, w.case_id

-- name: file
-- One case, by its own number or by one that any of its parties was sent, with where it happened and its owner.
select c.cell, c.case_id, c.version, c.reference, c.jurisdiction, c.state, c.state_since, c.plate, c.claimed_plate,
    c.offences, c.occurred_at, c.received_at, c.camera, c.vehicle_kind, c.party_id, p.owner_id, p.contact, p.owner_since, c.delivered_at,
    c.confirm_by, c.pay_by, c.assigned_to, c.assigned_until, c.step, c.due_at, k.name as camera_name, k.place,
    k.road, k.calibrated_until, k.audited_precision, j.name as agency, j.zone,
    (select o.name from officer o where o.username = c.assigned_to) as assigned_name
from case_file c
join camera k on k.code = c.camera
join jurisdiction j on j.code = c.jurisdiction
left join lateral (
    select o.party_id as owner_id, o.contact, o.owner_since from party o
    where o.cell = c.cell and o.case_id = c.case_id and o.role = 'owner' order by o.party_id desc limit 1
) p on true
where c.cell = $1 and c.case_id = coalesce(
    (select n.case_id from case_file n where n.cell = $1 and n.reference = $2),
    (select r.case_id from reference r where r.cell = $1 and r.reference = $2))

-- name: newest_screening
select at, verdict, policy, findings, readings from screening
where cell = $1 and case_id = $2 order by at desc, screening_id desc limit 1

-- name: photos
select camera, event_id, ordinal, sha256, role, bytes, width, height, box from photo
where cell = $1 and case_id = $2 order by event_id, ordinal

-- name: derived
select distinct on (kind) kind, sha256, parent_sha256, recipe, made_at from derived_picture
where cell = $1 and case_id = $2 order by kind, made_at desc

-- name: picture_kind
-- Whether this picture belongs to the case: null when it does not.
select 'original' as kind from photo where cell = $1 and case_id = $2 and sha256 = $3
union all
select kind from derived_picture where cell = $1 and case_id = $2 and sha256 = $3
limit 1

-- name: sightings
select camera, event_id, door, joined, offence, occurred_at, raw_time, received_at, repeats,
    record ->> 'speed_kmh' as speed_kmh, record ->> 'speed_limit_kmh' as speed_limit_kmh
from camera_event where cell = $1 and case_id = $2 order by received_at, event_id

-- name: timeline
select event_id, at, actor, told, from_state, to_state, details from case_event
where cell = $1 and case_id = $2 order by at, event_id

-- name: notices
select notice_id, purpose, language, template, state, channel, attempts, created_at, handed_over_at, delivered_at,
    shutter_at
from notice where cell = $1 and case_id = $2 order by created_at, notice_id

-- name: attempts
select a.notice_id, a.channel, a.attempt, a.sender, a.intended_at, a.state, a.proof, a.code, a.action, a.detail,
    a.answered_at, a.proof_at
from attempt a join notice n on n.cell = a.cell and n.notice_id = a.notice_id
where n.cell = $1 and n.case_id = $2 order by a.intended_at, a.attempt

-- name: receipts
select r.notice_id, r.channel, r.attempt, r.state, r.at, r.received_at, r.code
from receipt r join notice n on n.cell = r.cell and n.notice_id = r.notice_id
where n.cell = $1 and n.case_id = $2 order by r.at, r.received_at

-- name: answers
select answer_id, at, kind, details, party_id from answer where cell = $1 and case_id = $2 order by at

-- name: deposit
-- The code itself stays hidden but for its last digits.
select right(code, 4) as ending, amount, state, issued_at, expires_at, officer, authorisation from deposit_code
where cell = $1 and case_id = $2 order by issued_at desc limit 1

-- name: registered
-- The vehicles of these plates as the register knows them at that instant; nothing of their owners.
select spell.* from unnest($1::text[]) as w(plate)
cross join lateral (
    select plate, valid_from, valid_to, vehicle_kind, brand, model, colour, year, plate_colour, electric
    from registration r
    where r.plate = w.plate and r.valid_from <= $2 and (r.valid_to is null or $2 < r.valid_to)
    order by r.valid_from desc limit 1
) as spell

-- name: find_by_plate
-- Newest cases of a plate in every cell there is, or of the offices $2.
select c.cell, c.case_id, c.reference, c.state, c.state_since, c.plate, c.offences, c.occurred_at, k.place
from case_file c join camera k on k.code = c.camera
where c.cell = any(array(
        select generate_series(j.first_cell, j.first_cell + j.cells - 1)::smallint from jurisdiction j
        where $2::text[] is null or j.code = any($2)
    ))
    and c.plate = $1 and ($2::text[] is null or c.jurisdiction = any($2))
order by c.occurred_at desc
limit 50

-- name: unsettled
-- Undeliverable cases of the offices $1 (null: all) with the last word on their newest confirmation.
select c.cell, c.case_id, c.reference, c.state_since, c.plate, c.offences, c.assigned_to, c.assigned_until,
    n.state as notice_state, n.channel, n.attempts, a.intended_at, a.code, a.detail,
    (select e.told from case_event e
     where e.cell = c.cell and e.case_id = c.case_id and e.to_state = 'undeliverable'
     order by e.at desc, e.event_id desc limit 1) as told
from unnest(coalesce($1::text[], array(select code from jurisdiction))) as at(place)
cross join lateral (
    select w.* from case_file w
    where w.state = 'undeliverable' and w.jurisdiction = at.place
    order by w.state_since, w.case_id
    limit 100
) c
left join lateral (
    select * from notice n where n.cell = c.cell and n.case_id = c.case_id and n.purpose = 'confirmation'
    order by n.created_at desc limit 1
) n on true
left join attempt a on a.cell = n.cell and a.notice_id = n.notice_id and a.channel = n.channel and a.attempt = n.attempts
order by c.state_since, c.case_id
limit 100

-- name: untold
-- Later notices that reached nobody, as long as telling them still makes sense, of the offices $1 (null: all); the
-- oldest first.
select n.cell, n.notice_id, n.case_id, n.purpose, n.number, n.state, n.channel, n.attempts, n.created_at,
    c.reference, c.plate, a.code, a.detail
from notice n
join case_file c on c.cell = n.cell and c.case_id = n.case_id
left join attempt a on a.cell = n.cell and a.notice_id = n.notice_id and a.channel = n.channel and a.attempt = n.attempts
where n.step is null and n.state in ('failed', 'unsettled') and n.purpose <> 'confirmation'
    and (n.purpose <> 'reminder' or c.state = 'notified')
    and ($1::text[] is null or c.jurisdiction = any($1))
order by n.created_at, n.notice_id
limit 100

-- name: notice_jurisdiction
select c.jurisdiction from notice n join case_file c on c.cell = n.cell and c.case_id = n.case_id
where n.cell = $1 and n.notice_id = $2
