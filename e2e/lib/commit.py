"""A DICOM server that commits to what it stored. It says so on the same association, or later on one of its own.

commit.py OWN_PORT THEIR_PORT same|own   prints `stored <uid>` and `committed <count>`; `ready` first.
"""

import sys
import threading
import time

from pydicom.dataset import Dataset
from pynetdicom import AE, AllStoragePresentationContexts, ALL_TRANSFER_SYNTAXES, build_role, evt
from pynetdicom.sop_class import StorageCommitmentPushModel, StorageCommitmentPushModelInstance

port, theirs, where = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
stored = set()


def say(*words):
    print(*words, flush=True)


def store(event):
    stored.add(event.request.AffectedSOPInstanceUID)
    say('stored', event.request.AffectedSOPInstanceUID)
    return 0x0000


def report(assoc, request):
    result = Dataset()
    result.TransactionUID = request.TransactionUID
    result.ReferencedSOPSequence = [one for one in request.ReferencedSOPSequence if one.ReferencedSOPInstanceUID in stored]
    status, _ = assoc.send_n_event_report(result, 1, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)
    say('committed', len(result.ReferencedSOPSequence), status.Status if status else 'none')


def on_own_association(request):
    time.sleep(1)
    ae = AE(ae_title='PACS')
    ae.add_requested_context(StorageCommitmentPushModel)
    role = build_role(StorageCommitmentPushModel, scu_role=False, scp_role=True)
    assoc = ae.associate('127.0.0.1', theirs, ae_title='NEGATOSCOPE', ext_neg=[role])
    if assoc.is_established:
        report(assoc, request)
        assoc.release()
    else:
        say('refused')


def action(event):
    request = event.action_information
    if where == 'own':
        threading.Thread(target=on_own_association, args=(request,)).start()
    else:
        threading.Thread(target=lambda: (time.sleep(0.2), report(event.assoc, request))).start()
    return 0x0000, None


ae = AE(ae_title='PACS')
for context in AllStoragePresentationContexts:
    ae.add_supported_context(context.abstract_syntax, ALL_TRANSFER_SYNTAXES)
ae.add_supported_context(StorageCommitmentPushModel)
handlers = [(evt.EVT_C_STORE, store), (evt.EVT_N_ACTION, action)]
server = ae.start_server(('127.0.0.1', port), block=False, evt_handlers=handlers)
say('ready')
threading.Event().wait()
