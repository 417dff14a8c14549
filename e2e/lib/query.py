"""Queries and retrieves with pynetdicom: find, get and move by one patient name, one JSON line for each.

query.py PORT STUDY_UID PATIENT_ID DESTINATION_PORT
"""
import json
import sys

from pydicom.dataset import Dataset
from pynetdicom import AE, StoragePresentationContexts, build_role, evt
from pynetdicom.sop_class import (
    PatientRootQueryRetrieveInformationModelFind as PatientFind,
    StudyRootQueryRetrieveInformationModelFind as Find,
    StudyRootQueryRetrieveInformationModelGet as Get,
    StudyRootQueryRetrieveInformationModelMove as Move,
)

port, study, patient, destination = int(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
EXPLICIT = "1.2.840.10008.1.2.1"


def data_set(**keys):
    found = Dataset()
    for key, value in keys.items():
        setattr(found, key, value)
    return found


def say(what, **more):
    print(json.dumps({"what": what, **more}), flush=True)


def associate(contexts, **more):
    ae = AE(ae_title="PYNET")
    for context in contexts:
        ae.add_requested_context(*context)
    association = ae.associate("127.0.0.1", port, ae_title="NEGATOSCOPE", **more)
    if not association.is_established:
        sys.exit("no association")
    return association


association = associate([(PatientFind,), (Find,)])
people = [found for status, found in association.send_c_find(
    data_set(QueryRetrieveLevel="PATIENT", PatientID=patient, PatientName=""), PatientFind) if status.Status == 0xFF00]
studies = [found for status, found in association.send_c_find(
    data_set(QueryRetrieveLevel="STUDY", PatientID=patient, StudyInstanceUID="", ModalitiesInStudy=""), Find)
    if status.Status == 0xFF00]
association.release()
say("find", people=len(people), studies=[str(found.StudyInstanceUID) for found in studies])

got = []


def stored(event):
    got.append(str(event.request.AffectedSOPInstanceUID))
    return 0


classes = [context.abstract_syntax for context in StoragePresentationContexts[:100]]
association = associate([(Get,), *[(uid, EXPLICIT) for uid in classes]],
                        ext_neg=[build_role(uid, scp_role=True) for uid in classes], evt_handlers=[(evt.EVT_C_STORE, stored)])
last = [status for status, _ in association.send_c_get(data_set(QueryRetrieveLevel="STUDY", StudyInstanceUID=study), Get)][-1]
association.release()
say("get", status=last.Status, got=len(got), completed=last.NumberOfCompletedSuboperations)

sink, moved = AE(ae_title="DEST"), []
for uid in classes:
    sink.add_supported_context(uid, EXPLICIT)
server = sink.start_server(("127.0.0.1", destination), block=False,
                           evt_handlers=[(evt.EVT_C_STORE, lambda event: moved.append(1) or 0)])
for title in ("DEST", "AWAY", "NOBODY"):
    association = associate([(Move,)])
    last = [status for status, _ in association.send_c_move(
        data_set(QueryRetrieveLevel="STUDY", StudyInstanceUID=study), title, Move)][-1]
    association.release()
    say("move", to=title, status=last.Status, moved=len(moved))
server.shutdown()
