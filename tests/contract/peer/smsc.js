'use strict';
// A small SMS centre made of the npm library `smpp`. Argument: settings as JSON; standard input: one JSON
// command a line ({"do":"unbind"|"enquire_link"|"destroy"} or {"set":{…}}); standard output: what happened.
// or {"do":"answer"} (what `mood` slow kept back) or {"do":"receipt","to":…,"stat":…,"state":…}. `status` refuses all;
// `mood` is lost (taken, then cut) or slow. The last two digits of a number say how the centre behaves towards it.
const smpp = require('smpp');
const set = { limit: 0, dlr_ms: 20, slow_ms: 1500, ids: 'same', same_id: 0, hold: false, status: 0, mood: '', tlvs: true, dlr: true, deaf: false, tell: true };
Object.assign(set, JSON.parse(process.argv[2] || '{}'));
const tell = (event, more) => process.stdout.write(JSON.stringify({ event, ...more }) + '\n');
const sessions = new Set();
const any = () => [...sessions].pop();
const submits = new Map(), kept = [];
let last = 4096, second = 0, used = 0;

function receipt(submit, number, stat = 'DELIVRD', state = 2) {
  const session = any();
  if (!session || set.hold) return setTimeout(receipt, 50, submit, number, stat, state);
  const written = set.ids === 'decimal_then_hex' ? number.toString(16) : String(number);
  const text = `id:${written} sub:001 dlvrd:001 submit date:2611210801 done date:2611210802 stat:${stat} err:000 text:`;
  const body = { source_addr: submit.destination_addr, destination_addr: submit.source_addr, esm_class: 4, short_message: text };
  if (set.tlvs) Object.assign(body, { receipted_message_id: written, message_state: state });
  if (submit.user_message_reference) body.user_message_reference = submit.user_message_reference;
  session.deliver_sm(body, (answer) => set.tell && tell('receipt_answered', { number, status: answer.command_status }));
}

function submit(session, pdu) {
  const now = Math.floor(Date.now() / 1000);
  used = now === second ? used + 1 : 1;
  second = now;
  if (set.limit && used > set.limit) return session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED }));
  if (set.status) return session.send(pdu.response({ command_status: set.status }));
  const number = set.same_id || ++last;
  const written = set.ids === 'hex_then_decimal' ? number.toString(16) : String(number);
  const accept = () => session.send(pdu.response({ message_id: written }));
  if (set.tell) tell('submit', { number, text: pdu.short_message.message, pdu: { ...pdu, short_message: undefined } });
  const way = pdu.destination_addr.slice(-2);
  if (way === '01') return session.send(pdu.response({ command_status: smpp.ESME_RINVDSTADR }));
  submits.set(pdu.destination_addr, { pdu, number });
  if (set.tell) tell('taken', { to: pdu.destination_addr });
  if (set.mood === 'slow') {
    kept.push(accept);
    return tell('kept_back');
  }
  if (way === '02' || set.mood === 'lost') session.destroy(); // taken, but nobody is told
  else if (way === '03') setTimeout(accept, set.slow_ms);
  else if (way === '04') { receipt(pdu, number); return setTimeout(accept, 150); }
  else accept();
  if (way === '05') setTimeout(receipt, set.dlr_ms, pdu, number);
  if (way === '06') setTimeout(receipt, set.dlr_ms, pdu, number, 'UNDELIV', 5);
  else if (set.dlr) setTimeout(receipt, set.dlr_ms, pdu, number);
}

const server = smpp.createServer((session) => {
  session.on('error', () => session.destroy());
  session.on('close', () => { sessions.delete(session); tell('closed'); });
  session.on('bind_transceiver', (pdu) => {
    const known = pdu.system_id === 'cakra' && pdu.password === 'rahasia';
    session.send(pdu.response(known ? { system_id: 'smsc' } : { command_status: smpp.ESME_RINVPASWD }));
    if (known) sessions.add(session);
    tell(known ? 'bound' : 'bind_refused');
  });
  session.on('submit_sm', (pdu) => submit(session, pdu));
  session.on('enquire_link', (pdu) => { tell('enquire_link'); if (!set.deaf) session.send(pdu.response()); });
  session.on('unbind', (pdu) => { tell('unbind'); session.send(pdu.response()); session.close(); });
});
server.listen(Number(process.argv[3] || 0), '127.0.0.1', () => tell('listening', { port: server.address().port }));

require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
  const told = JSON.parse(line);
  Object.assign(set, told.set);
  if (told.do === 'answer') kept.splice(0).forEach((accept) => accept());
  if (told.do === 'receipt') {
    const { pdu, number } = submits.get(told.to);
    receipt(pdu, told.number || number, told.stat, told.state);
  }
  if (told.do === 'destroy') sessions.forEach((session) => session.destroy());
  if (told.do === 'enquire_link') any().enquire_link({}, () => tell('enquire_answered'));
  if (told.do === 'unbind') any().unbind({}, () => { tell('unbind_answered'); });
  tell('ordered');
}).on('close', () => process.exit(0));
