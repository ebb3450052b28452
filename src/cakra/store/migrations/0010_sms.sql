-- SMS centres name a message by their own number only: it must lead to our attempt.
create index attempt_sms_number on attempt (provider_id) where channel = 'sms';
