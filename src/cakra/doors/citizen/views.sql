-- name: scene
-- Where it happened, and what the camera measured; nothing once the reference ($3) of the visit is closed.
select k.place, k.road, j.name as agency, j.zone,
    e.record ->> 'speed_kmh' as speed_kmh,
    coalesce(e.record ->> 'speed_limit_kmh', k.speed_limit_kmh::text) as speed_limit_kmh
from case_file c
join camera k on k.code = c.camera
join jurisdiction j on j.code = c.jurisdiction
join reference r on r.cell = c.cell and r.reference = $3 and r.closed_at is null
left join lateral (
    select record from camera_event v where v.cell = c.cell and v.case_id = c.case_id
    order by v.received_at limit 1
) e on true
where c.cell = $1 and c.case_id = $2

-- name: pictures
-- The newest derived picture of each kind.
select distinct on (kind) kind, sha256 from derived_picture
where cell = $1 and case_id = $2
order by kind, made_at desc

-- name: sent_messages
-- What we handed over to a party, newest first; the recipient stays sealed in the notice.
select n.notice_id, n.content, n.purpose, a.channel, a.sender, a.proof,
    coalesce(a.answered_at, n.handed_over_at, a.intended_at) as at
from notice n
join attempt a on a.cell = n.cell and a.notice_id = n.notice_id
where n.cell = $1 and n.case_id = $2 and n.party_id = $3 and (a.state in ('accepted', 'held', 'unknown') or a.proof is not null)
order by a.intended_at desc
limit 10

-- name: timeline
select at, told, to_state, (details ->> 'party')::bigint as party from case_event where cell = $1 and case_id = $2 order by at, event_id
