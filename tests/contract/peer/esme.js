'use strict';
// A client of the npm library `smpp`: binds, submits once, asks whether the link lives, unbinds; tells what came back.
const smpp = require('smpp');
const session = smpp.connect({ url: `smpp://127.0.0.1:${process.argv[2]}` }, () => {
  const told = {};
  const end = (code) => { process.stdout.write(JSON.stringify(told) + '\n'); process.exit(code); };
  session.bind_transceiver({ system_id: 'contoh', password: 'contoh' }, (bound) => {
    Object.assign(told, { bind: bound.command_status, version: bound.sc_interface_version });
    const submit = { source_addr: 'ETLE', destination_addr: '628110000001', short_message: 'CONTOH', registered_delivery: 1 };
    session.submit_sm(submit, (taken) => {
      Object.assign(told, { submit: taken.command_status, id: taken.message_id });
      session.enquire_link({}, (alive) => {
        told.enquire = alive.command_status;
        session.unbind({}, (gone) => { told.unbind = gone.command_status; end(0); });
      });
    });
  });
});
session.on('error', (problem) => { process.stderr.write(String(problem)); process.exit(1); });
