"""Delivery, below the stages and used by all of them: a notice is handed over once, and only proof is believed.

The intent is committed before the call. An answer that never came is `unknown` and is settled by a
receipt that echoes our tag, or by an officer when its time is up; nothing is ever sent again blindly.

sending claim, call, record   ladder time, closed and slow channels   proof what providers say afterwards
senders pace and health of a number   provider stopped texts, accounts, phones   pause   costs   canary
codes one-time codes to contacts that are held
post letters and the print house's day   inbound replies   official the published list of senders
"""
