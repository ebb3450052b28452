-- name: was_charged
-- A code of this party, live or not: it admitted before, the question is closed.
select exists(select from deposit_code where cell = $1 and case_id = $2 and party_id = $3)

-- name: newest_answer
select kind, at from answer where cell = $1 and case_id = $2 and party_id = $3
order by at desc, answer_id desc limit 1
