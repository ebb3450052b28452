-- name: was_charged
-- A code of this case, live or not: its owner admitted before, the question is closed.
select exists(select from deposit_code where cell = $1 and case_id = $2)

-- name: newest_answer
select kind, at from answer where cell = $1 and case_id = $2 order by at desc, answer_id desc limit 1
