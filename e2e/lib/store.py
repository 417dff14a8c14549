"""Sends files by C-STORE with pynetdicom; prints `<SOP Instance UID> <status>` as each answer comes."""
import sys

from pydicom import dcmread
from pynetdicom import AE

port, paths = int(sys.argv[1]), sys.argv[2:]
files = [dcmread(path) for path in paths]
ae = AE(ae_title="PYNET")
for wanted in sorted({(f.SOPClassUID, f.file_meta.TransferSyntaxUID) for f in files}):
    ae.add_requested_context(*wanted)
association = ae.associate("127.0.0.1", port, ae_title="NEGATOSCOPE")
if not association.is_established:
    sys.exit("no association")
for file in files:
    answer = association.send_c_store(file)
    if "Status" not in answer:
        sys.exit("no answer")
    print(file.SOPInstanceUID, f"{answer.Status:04X}", flush=True)
association.release()
