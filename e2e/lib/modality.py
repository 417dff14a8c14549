"""A modality: asks its worklist, says what it performs, sends images, asks for commitment.

Reads one command a line, writes one JSON answer a line. `modality.py THEIR_PORT OWN_PORT`
  worklist KEY=VALUE…            [{name, id, study, accession, station, status, charset}]
  begin UID STUDY                status of the N-CREATE
  store STUDY ACCESSION COUNT    statuses; makes so many images of a series
  end UID STATE COUNT            status and error id of the N-SET
  commit same|gone TRANSACTION   status of the N-ACTION; what is not stored is named too (`1.2.3.4.5`)
  listen                         opens our own listener for reports
  report                         the next report: {transaction, type, kept, failed: [[uid, reason]]}
"""

import json
import queue
import sys

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, generate_uid
from pynetdicom import AE, evt
from pynetdicom.sop_class import (
    CTImageStorage,
    ModalityPerformedProcedureStep,
    ModalityWorklistInformationFind,
    StorageCommitmentPushModel,
    StorageCommitmentPushModelInstance,
)

theirs, own = int(sys.argv[1]), int(sys.argv[2])
reports = queue.Queue()
made = []
series = generate_uid()


def on_report(event):
    info = event.event_information
    failed = [[one.ReferencedSOPInstanceUID, one.FailureReason] for one in info.get('FailedSOPSequence', [])]
    kept = len(info.get('ReferencedSOPSequence', []))
    reports.put({'transaction': info.TransactionUID, 'type': event.event_type, 'kept': kept, 'failed': failed})
    return 0x0000, None


HANDLERS = [(evt.EVT_N_EVENT_REPORT, on_report)]


def associated(*classes):
    ae = AE(ae_title='SCANNER')
    for one in classes:
        ae.add_requested_context(one, ExplicitVRLittleEndian)
    assoc = ae.associate('127.0.0.1', theirs, ae_title='NEGATOSCOPE', evt_handlers=HANDLERS)
    if not assoc.is_established:
        sys.exit('no association')
    return assoc


def worklist(*keys):
    query = Dataset()
    query.SpecificCharacterSet = 'ISO_IR 100'
    for keyword in ('PatientName', 'PatientID', 'StudyInstanceUID', 'AccessionNumber', 'RequestedProcedureID'):
        setattr(query, keyword, '')
    step = Dataset()
    for keyword in ('ScheduledStationAETitle', 'ScheduledProcedureStepStartDate', 'ScheduledProcedureStepStartTime',
                    'Modality', 'ScheduledProcedureStepID', 'ScheduledProcedureStepStatus'):
        setattr(step, keyword, '')
    for key in keys:
        keyword, value = key.split('=')
        setattr(step if keyword in step else query, keyword, value)
    query.ScheduledProcedureStepSequence = [step]
    assoc = associated(ModalityWorklistInformationFind)
    found = []
    for status, answer in assoc.send_c_find(query, ModalityWorklistInformationFind):
        if status.Status in (0xFF00, 0xFF01):
            item = answer.ScheduledProcedureStepSequence[0]
            empty = [key for key in ('ScheduledStationAETitle', 'ScheduledProcedureStepStartDate',
                                     'ScheduledProcedureStepStartTime', 'Modality', 'ScheduledProcedureStepID')
                     if not getattr(item, key)]
            empty += [key for key in ('RequestedProcedureID', 'StudyInstanceUID', 'PatientName', 'PatientID')
                      if not getattr(answer, key)]
            found.append({
                'name': str(answer.PatientName), 'id': answer.PatientID, 'study': answer.StudyInstanceUID,
                'accession': answer.AccessionNumber, 'station': item.ScheduledStationAETitle,
                'status': item.ScheduledProcedureStepStatus, 'charset': answer.get('SpecificCharacterSet', ''),
                'empty': empty,
            })
        elif status.Status != 0:
            found = f'{status.Status:04X}'
    assoc.release()
    return found


def begin(uid, study):
    step = Dataset()
    step.PerformedProcedureStepStatus = 'IN PROGRESS'
    step.Modality = 'CT'
    step.PerformedStationAETitle = 'SCANNER'
    step.PerformedProcedureStepID = 'PPS1'
    step.PerformedProcedureStepStartDate = '20261126'
    step.PerformedProcedureStepStartTime = '100000'
    scheduled = Dataset()
    scheduled.StudyInstanceUID = study
    step.ScheduledStepAttributesSequence = [scheduled]
    step.PerformedSeriesSequence = []
    assoc = associated(ModalityPerformedProcedureStep)
    status, _ = assoc.send_n_create(step, ModalityPerformedProcedureStep, uid)
    assoc.release()
    return f'{status.Status:04X}'


def store(study, accession, count):
    assoc = associated(CTImageStorage)
    statuses = []
    for number in range(1, int(count) + 1):
        image = Dataset()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        image.SOPClassUID, image.SOPInstanceUID = CTImageStorage, generate_uid()
        image.StudyInstanceUID, image.SeriesInstanceUID = study, series
        image.PatientName, image.PatientID = 'ESSAI^AGNES', 'PAT-1'
        image.AccessionNumber, image.Modality = accession, 'CT'
        image.SeriesNumber, image.InstanceNumber = 1, number
        image.Rows = image.Columns = 8
        image.SamplesPerPixel, image.PhotometricInterpretation = 1, 'MONOCHROME2'
        image.BitsAllocated = image.BitsStored = 16
        image.HighBit, image.PixelRepresentation = 15, 0
        image.PixelData = bytes(128)
        statuses.append(f'{assoc.send_c_store(image).Status:04X}')
        made.append(image.SOPInstanceUID)
    assoc.release()
    return statuses


def end(uid, state, count):
    step = Dataset()
    step.PerformedProcedureStepStatus = state
    step.PerformedProcedureStepEndDate = '20261126'
    step.PerformedProcedureStepEndTime = '101500'
    one = Dataset()
    one.SeriesInstanceUID = series
    one.ReferencedImageSequence = []
    for number in range(int(count)):
        image = Dataset()
        image.ReferencedSOPClassUID = CTImageStorage
        image.ReferencedSOPInstanceUID = made[number] if number < len(made) else generate_uid()
        one.ReferencedImageSequence.append(image)
    step.PerformedSeriesSequence = [one]
    assoc = associated(ModalityPerformedProcedureStep)
    status, _ = assoc.send_n_set(step, ModalityPerformedProcedureStep, uid)
    assoc.release()
    return [f'{status.Status:04X}', f'{status.get("ErrorID", 0):04X}']


def commit(where, transaction):
    asked = Dataset()
    asked.TransactionUID = transaction
    asked.ReferencedSOPSequence = []
    for uid in [*made, '1.2.3.4.5']:
        one = Dataset()
        one.ReferencedSOPClassUID, one.ReferencedSOPInstanceUID = CTImageStorage, uid
        asked.ReferencedSOPSequence.append(one)
    assoc = associated(StorageCommitmentPushModel)
    status, _ = assoc.send_n_action(asked, 1, StorageCommitmentPushModel, StorageCommitmentPushModelInstance)
    if where == 'gone':
        assoc.abort()
    return f'{status.Status:04X}'


def listen():
    ae = AE(ae_title='SCANNER')
    ae.add_supported_context(StorageCommitmentPushModel, scu_role=True, scp_role=True)
    ae.start_server(('127.0.0.1', own), block=False, evt_handlers=HANDLERS)
    return 'listening'


def report():
    return reports.get(timeout=30)


COMMANDS = {one.__name__: one for one in (worklist, begin, store, end, commit, listen, report)}
for line in sys.stdin:
    name, *words = line.split()
    print(json.dumps(COMMANDS[name](*words)), flush=True)
