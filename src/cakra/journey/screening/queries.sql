-- name: sightings
-- Every camera event of the cases with its camera and photographs, oldest first.
select e.cell, e.case_id, e.camera, e.event_id, e.offence, e.occurred_at, e.record, e.notes,
    k.jurisdiction, k.road, k.approved_offences, k.calibrated_until, k.audited_precision, k.speed_limit_kmh,
    k.speed_trigger_kmh, k.zone, s.since as human_since,
    coalesce((
        select jsonb_agg(jsonb_build_object('sha256', encode(p.sha256, 'hex'), 'role', p.role, 'box', p.box,
                                             'ordinal', p.ordinal)
                         order by p.ordinal)
        from photo p
        where p.cell = e.cell and p.case_id = e.case_id and p.camera = e.camera and p.event_id = e.event_id
    ), '[]') as photos
from unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
join camera_event e on e.cell = w.cell and e.case_id = w.case_id
join camera k on k.code = e.camera
left join camera_standing s on s.camera = k.code and s.outcome = 'human'
order by e.cell, e.case_id, e.received_at, e.event_id

-- name: registered_vehicles
-- What the register knows of the claimed plates at the time: for the rules, not for the owner.
-- One index probe a plate, whatever the set's size.
select w.place, spell.vehicle_kind, spell.plate_colour, spell.electric
from unnest($1::text[], $2::timestamptz[]) with ordinality as w(plate, at, place)
cross join lateral (
    select r.vehicle_kind, r.plate_colour, r.electric from registration r
    where r.plate = w.plate and r.valid_from <= w.at and (r.valid_to is null or w.at < r.valid_to)
    order by r.valid_from desc
    limit 1
) as spell

-- name: known_plates
-- Which spellings are registered plates at all, and what the newest registration says of the vehicle.
select distinct on (plate) plate, vehicle_kind, plate_colour
from registration where plate = any($1::text[])
order by plate, valid_from desc

-- name: exemptions
select plate, basis, offences, valid_from, valid_to, document, approver, duty_proof_required
from exemption where plate = any($1::text[])

-- name: earlier_cases
-- Another, older case of the same plate and an offence of this one ($6, joined by commas) within the passage window.
select w.cell, w.case_id
from unnest($1::smallint[], $2::bigint[], $3::text[], $4::timestamptz[], $6::text[])
    as w(cell, case_id, plate, at, offences)
where exists (
    select from case_file c
    where c.cell = w.cell and c.plate = w.plate and c.case_id < w.case_id
        and c.occurred_at between w.at - make_interval(secs => $5) and w.at + make_interval(secs => $5)
        and c.offences && string_to_array(w.offences, ',') and c.state <> 'rejected'
)

-- name: shared_photographs
-- An earlier case whose evidence holds one of the very photographs of these: one probe a photograph.
select distinct on (w.cell, w.case_id) w.cell, w.case_id, c.reference
from unnest($1::smallint[], $2::bigint[]) as w(cell, case_id)
join photo p on p.cell = w.cell and p.case_id = w.case_id
cross join lateral (
    select o.cell, o.case_id from photo o
    where substr(o.sha256, 1, 7) = substr(p.sha256, 1, 7) and o.sha256 = p.sha256 and o.case_id < p.case_id
    limit 1
) as o
join case_file c on c.cell = o.cell and c.case_id = o.case_id

-- name: kept_editions
-- What of a case was decided under which editions, oldest first.
select s.what, s.at, s.editions, s.verdict, s.findings
from (
    select 'screening' as what, at, editions, verdict, findings, screening_id as id
    from screening where cell = $1 and case_id = $2
    union all
    select 'notice ' || purpose, created_at, editions, null, null, notice_id
    from notice where cell = $1 and case_id = $2
    union all
    select told, at, details ->> 'editions', null, null, event_id
    from case_event where cell = $1 and case_id = $2 and details ? 'editions'
) as s
order by s.at, s.id

-- name: add_exemption
insert into exemption (exemption_id, plate, basis, offences, valid_from, valid_to, document, approver,
    duty_proof_required)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: exemption_lines
select plate, basis, offences, valid_from, valid_to, document, approver, duty_proof_required
from exemption
where $1::text is null or plate = $1
order by plate, valid_from
