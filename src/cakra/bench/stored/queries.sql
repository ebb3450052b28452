-- name: add_cases
-- Cases number $1 to before $2 of $3, oldest first. Everything is drawn from the number, so the same call writes the
-- same rows. $4, $5: first instant and span, milliseconds since 2020; $6: the number from which on cases are recent;
-- $7–$11: the mix (states, states before, bounds of old and of recent draws, steps); $12 seed; $13 camera,
-- $14 offence. A step is due in years: stored cases wait, and nothing of them is worked on in a benchmark.
with raw as (
    select n, abs(hashint8extended(n, $12::bigint)) as h, $4::bigint + n * $5::bigint / $3::bigint as ms
    from generate_series($1::bigint, $2::bigint - 1) as n
), drawn as (
    select n, h % 10000 as draw, (h / 16 % 16)::smallint as cell, (ms << 22) | (n & 4194303) as case_id,
        timestamptz '2020-01-01 00:00+00' + make_interval(secs => ms / 1000.0) as at,
        timestamptz '2020-01-01 00:00+00' + make_interval(secs => ($4::bigint + $5::bigint) / 1000.0) as made,
        upper(substr(md5(n || ':' || $12), 1, 12)) as body,
        'B' || 1000 + h / 256 % 9000 || chr(65 + (h / 7 % 26)::integer) || chr(65 + (h / 191 % 26)::integer)
            || chr(65 + (h / 4999 % 26)::integer) as plate
    from raw
)
insert into case_file (cell, case_id, reference, jurisdiction, state, previous_state, state_since, plate, claimed_plate,
    offences, occurred_at, received_at, camera, vehicle_kind, party_id, delivered_at,
    confirm_by, pay_by, step, due_at)
select d.cell, d.case_id,
    -- The public form with its check character, as kit/ids.py makes it, of half of its letters.
    '0' || substr(a.letters, d.cell + 1, 1) || d.body || substr(a.letters, 1 + (d.cell * 3 + w.weighed)::integer % 32, 1),
    'PMJ', m.state, m.before, least(d.at + make_interval(secs => 60 + d.draw * 86.4), d.made - interval '1 hour'),
    d.plate, d.plate, array[$14::text], d.at, d.at, $13::text, 'car',
    case when m.known then d.case_id end, case when m.known then d.at + interval '41 seconds' end,
    case when m.known then d.at + interval '8 days' end, case when m.step = 'deadline' then d.at + interval '20 days' end,
    m.step, case when m.step is not null then d.made + interval '5 years' + make_interval(secs => d.draw * 60) end
from drawn d
cross join (select '0123456789ABCDEFGHJKMNPQRSTVWXYZ' as letters) as a
cross join lateral (
    select sum((strpos(a.letters, substr(d.body, place, 1)) - 1) * (2 * place + 3)) as weighed
    from generate_series(1, 12) as place
) as w
cross join lateral (
    select x.state, x.before, x.step,
        x.state <> all('{received,review,validated,rejected,diverted,unidentified}') as known
    from unnest($7::text[], $8::text[], $9::integer[], $10::integer[], $11::text[])
        as x(state, before, old, recent, step)
    where d.draw < case when d.n < $6::bigint then x.old else x.recent end
    order by x.old, x.recent
    limit 1
) as m

-- name: add_parties
-- The owners of the cases from id $1 to before $2, where they are known.
insert into party (cell, case_id, party_id, role, contact, person, phone, factor_kind, factor, owner_since, created_at)
select c.cell, c.case_id, c.party_id, 'owner', decode(repeat(md5(c.reference), 18), 'hex'), decode(md5(c.plate || 0), 'hex'),
    decode(md5(c.plate), 'hex'), 'chassis', decode(md5(c.plate || 1), 'hex'), c.received_at - interval '3 years',
    c.received_at
from case_file c
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2
    and c.party_id is not null

-- name: add_references
insert into reference (cell, reference, case_id, party_id, opened_at)
select c.cell, c.reference, c.case_id, c.party_id, c.received_at
from case_file c
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2
    and c.party_id is not null

-- name: add_sightings
-- What the camera sent for the cases from id $1 to before $2.
insert into camera_event (camera, event_id, content_hash, raw_sha256, door, cell, case_id, joined, offence, occurred_at,
    raw_time, received_at, record)
select c.camera, c.case_id::text, sha256(c.case_id::text::bytea), sha256(c.reference::bytea), 'events', c.cell, c.case_id,
    'opened', c.offences[1], c.occurred_at, c.occurred_at::text, c.received_at,
    jsonb_build_object('vehicle', jsonb_build_object('kind', 'car', 'colour', 'putih'), 'red_light_s', 1.8,
        'plate', c.plate, 'lane', 2, 'device', 'IDS-TCM403-BI')
from case_file c
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2

-- name: add_photos
insert into photo (cell, case_id, camera, event_id, ordinal, sha256, role, bytes, width, height, box)
select c.cell, c.case_id, c.camera, c.case_id::text, 0, sha256((c.reference || 0)::bytea), 'scene', 300000, 1920, 1080,
    array[800, 600, 1000, 660]
from case_file c
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2

-- name: add_screenings
insert into screening (cell, case_id, screening_id, at, verdict, policy, findings, readings, model_hash)
select c.cell, c.case_id, c.case_id + 1, c.received_at + interval '1 second',
    case c.state when 'review' then 'review' when 'rejected' then 'reject' when 'diverted' then 'divert' else 'accept' end,
    'hybrid',
    (select jsonb_agg(jsonb_build_object('check', name, 'verdict', case when c.state = 'review' then 'doubt' else 'ok' end,
        'words_id', 'Pemeriksaan selesai.', 'words_en', 'The check is done.', 'facts', '{}'::jsonb))
     from unnest(array['date', 'camera', 'vehicle']) as name), '[]', repeat('0', 64)
from case_file c
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2
    and c.state <> 'received'

-- name: add_pictures
insert into derived_picture (cell, case_id, kind, sha256, parent_sha256, recipe, made_at)
select c.cell, c.case_id, kind, sha256((c.reference || kind)::bytea), sha256((c.reference || 0)::bytea), 'stored',
    c.received_at + interval '1 second'
from case_file c, unnest(array['notice', 'plate']) as kind
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2
    and c.state <> 'received'

-- name: add_events
-- $3–$7: what was told in the story of each state (state, place, told, from, to); the last at `state_since`.
insert into case_event (cell, case_id, event_id, at, actor, told, from_state, to_state, details)
select c.cell, c.case_id, c.case_id + 10 + s.place,
    least(c.received_at + make_interval(secs => s.place * 7), c.state_since),
    case when s.place = 0 then 'camera:' || c.camera else 'machine' end, s.told, s.origin, s.target,
    '{"check": "stored"}'
from case_file c
join unnest($3::text[], $4::integer[], $5::text[], $6::text[], $7::text[]) as s(state, place, told, origin, target)
    on s.state = c.state
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2

-- name: add_notices
-- $3–$7: the notices of each state (state, purpose, place, delivered, still under way).
insert into notice (cell, notice_id, case_id, party_id, purpose, language, template, content, picture, shutter_at, state, channel,
    attempts, created_at, handed_over_at, delivered_at, step, due_at, plan, jurisdiction, recipient, number, rung_tries)
select c.cell, c.case_id + s.place, c.case_id, c.case_id, s.purpose, 'id', 'etle_konfirmasi_v1',
    decode(repeat(md5(c.reference || s.place), 18), 'hex'), sha256((c.reference || 'notice')::bytea), c.occurred_at,
    case when s.delivered then 'delivered' when s.open then 'accepted' else 'failed' end, 'whatsapp', 1,
    c.received_at + make_interval(hours => s.place - 1, secs => 2),
    case when s.delivered or s.open then c.received_at + make_interval(hours => s.place - 1, secs => 3) end,
    case when s.delivered then c.received_at + make_interval(hours => s.place - 1, secs => 5) end,
    case when s.open then 'settle' end, case when s.open then now() + interval '5 years' end,
    '[{"channel": "whatsapp", "wait_for": "delivered", "within_s": 1800, "quiet": null},
      {"channel": "email", "wait_for": "delivered", "within_s": 86400, "quiet": null}]',
    'PMJ', decode(md5(c.plate), 'hex'), case s.purpose when 'reminder' then 1 else 0 end, 1
from case_file c
join unnest($3::text[], $4::text[], $5::integer[], $6::boolean[], $7::boolean[])
    as s(state, purpose, place, delivered, open) on s.state = c.state
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2

-- name: add_attempts
insert into attempt (cell, notice_id, channel, attempt, sender, intended_at, state, proof, provider_id, code, answered_at,
    proof_at, raw, cost, billable)
select n.cell, n.notice_id, 'whatsapp', 1, '100000000000001', n.created_at, 'accepted',
    case n.state when 'delivered' then 'delivered' when 'failed' then 'failed' end, 'wamid.' || md5(n.notice_id::text),
    case n.state when 'failed' then '131026' end, n.handed_over_at, n.delivered_at,
    decode(repeat(md5(n.notice_id::text), 4), 'hex'), 411000000, true
from notice n
where n.cell = any(array(select generate_series(0, 15)::smallint)) and n.notice_id >= $1 and n.notice_id < $2

-- name: add_receipts
insert into receipt (cell, notice_id, channel, attempt, state, at, received_at)
select n.cell, n.notice_id, 'whatsapp', 1, told, n.created_at, n.created_at + interval '1 second'
from notice n, unnest(array['sent', case n.state when 'delivered' then 'delivered' end]) as told
where n.cell = any(array(select generate_series(0, 15)::smallint)) and n.notice_id >= $1 and n.notice_id < $2
    and told is not null

-- name: add_answers
-- $3: the states of cases that were answered.
insert into answer (cell, case_id, party_id, answer_id, at, kind, details)
select c.cell, c.case_id, c.case_id, c.case_id + 4, c.received_at + interval '1 hour', 'drove',
    decode(repeat(md5(c.reference), 3), 'hex')
from case_file c
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2
    and c.state = any($3::text[])

-- name: add_codes
-- $3: the states of cases that were charged; $4: the officer in whose name.
insert into deposit_code (code, cell, case_id, party_id, amount, state, issued_at, expires_at, officer)
select '9' || lpad(nextval('deposit_code_number')::text, 14, '0'), c.cell, c.case_id, c.case_id, 500000,
    case when c.state = 'charged' then 'issued' else 'paid' end, c.received_at + interval '1 hour',
    c.received_at + interval '20 days', $4::text
from case_file c
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2
    and c.state = any($3::text[])

-- name: add_looks
-- Officers looked at one case in five; the raw words of providers are kept for a while.
insert into staff_access (access_id, at, username, cell, case_id, what, reason)
select c.case_id, c.state_since, $3::text, c.cell, c.case_id, 'case_page', 'case'
from case_file c
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2
    and abs(hashint8(c.case_id)) % 5 = 0

-- name: add_callbacks
-- Drawn by a hash: ids are instants, whose steps may share a divisor.
insert into callback (callback_id, provider, received_at, expires_at, raw)
select c.case_id, 'whatsapp', c.received_at, now() + interval '5 years', decode(repeat(md5(c.reference), 12), 'hex')
from case_file c
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2
    and abs(hashint8(c.case_id)) % 10 = 0 and c.party_id is not null

-- name: add_agreements
insert into camera_agreement (cell, case_id, camera, at, agreed, counted)
select c.cell, c.case_id, c.camera, c.received_at, true, true
from case_file c
where c.cell = any(array(select generate_series(0, 15)::smallint)) and c.case_id >= $1 and c.case_id < $2
    and abs(hashint8(c.case_id)) % 20 = 0

-- name: draw_sample
-- Cases that owners and officers will open in a benchmark: $1 of each state, the newest.
select s.* from unnest($2::text[]) as w(state)
cross join lateral (
    select c.cell, c.case_id, c.reference, c.plate, c.state from case_file c
    where c.state = w.state order by c.case_id desc limit $1
) as s

-- name: seal_cases
update party p set contact = w.contact, factor = $4
from unnest($1::smallint[], $2::bigint[], $3::bytea[]) as w(cell, case_id, contact)
where p.cell = w.cell and p.case_id = w.case_id and p.party_id = w.case_id

-- name: notices_of
select n.cell, n.notice_id, c.reference from notice n
join unnest($1::smallint[], $2::bigint[]) as w(cell, case_id) on n.cell = w.cell and n.case_id = w.case_id
join case_file c on c.cell = n.cell and c.case_id = n.case_id

-- name: seal_notices
update notice n set content = w.content
from unnest($1::smallint[], $2::bigint[], $3::bytea[]) as w(cell, notice_id, content)
where n.cell = w.cell and n.notice_id = w.notice_id

-- name: add_signatory
with who as (
    insert into officer (username, name, rank, certified, password_hash) values ($1, $1, 'AKP', true, $2)
    on conflict (username) do update set password_hash = excluded.password_hash
    returning username
)
insert into officer_grant (grant_id, username, role, valid_from, given_at, reason)
select 1, username, 'supervisor', '2000-01-01 00:00+00', now(), 'benchmark' from who
on conflict do nothing
