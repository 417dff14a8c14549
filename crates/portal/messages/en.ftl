# The pages of patients and of the public.

# Everywhere
site-skip = Skip to content
site-help = Need help
site-language = Français
site-language-hint = Cette page en français
site-footer = About
page-archive = Archiving and online access
page-data = Data protection
page-legal = Legal notice
page-accessibility = Accessibility: not assessed
page-prescribers = Prescribers’ area
back-door = Back to the start
back-exam = Back to the exam

# The door
door-title = See my exam
door-intro = Take the sheet you were given with your report. The number and the code are in the frame at the bottom of the last page.
door-number = Exam number
door-number-hint = 10 digits
door-code = Access code
door-code-hint = 13 characters. Never I, L, O or U: what looks like I or L is a 1, like O a 0.
door-birth = Date of birth of the person examined
door-birth-hint = If the day or the month is unknown, leave the box empty.
door-day = Day
door-month = Month
door-year = Year
door-open = Open the exam
door-qr-title = Your sheet is recognised
door-qr-intro = Enter the date of birth to open the exam.
door-qr-other = Type the number and the code instead
door-refused-title = The exam did not open
door-refused = We could not open the exam. Check the three pieces of information. If you have tried several times, wait an hour before trying again, even if the code is right.
door-refused-help = Need help: { $phone } ({ $hours }).
door-check-title = Something needs another look
door-check-number = The exam number has 10 digits; this one has a mistake or is not complete.
door-check-code = The access code has 13 characters; this one has a mistake or is not complete.
door-check-birth = Enter the date of birth, with the year in four digits.
door-closed-title = The exam is closed
door-closed = On a device that others use, close this window too.

# The exam
exam-title = Your exam
exam-of = Exam of { $name }
exam-date = On { $date }
exam-images = See the images
exam-report = Read the report
exam-no-report = The report is not available yet. Your doctor or our team can answer you: { $phone }.
exam-corrected = This report replaces an earlier version.
exam-no-viewer = The images of this exam cannot be shown in this page. They are in the files to download.
exam-more = More
exam-downloads = Download
exam-downloads-hint = The images and the report, for you or for a doctor
exam-looked = Who has looked at this exam
exam-looked-hint = Every opening is recorded
exam-close = Close the exam
exam-close-short = Close
exam-notice = These images are shown for information. Only the physician’s report is authoritative.

# The dates
times-title = Until when
times-online-until = Online until { $date }
times-again-until = Online again until { $date }
times-again = Your images are online again until { $online }. They stay in our archives at least until { $archived }: you can bring them back again.
times-archived-until = Then in our archives, at least until { $date }
times-erased-after = After that, the images are erased
times-may-end = After that, the images may be erased
times-archived = Your images can be seen online until { $online }. They are then kept in our archives at least until { $archived }.
times-not-chosen = You did not choose archiving. The images stay online until { $online }, then are erased; the report is kept. You can download them free of charge.
times-paid-archive = A paid archive ({ $price }) remains possible, without any obligation: ask at the desk. Declining it changes nothing else.
times-other = Your images can be seen online until { $online }. The report is kept.

# The report
report-title = Report
report-validated = Validated on { $date }
report-page = Page { $page } of the report. Its text is further down this page.
report-page-no-text = Page { $page } of the report.
report-text = The text of the report
report-download = Download the report (PDF, { $size })

# The downloads
download-title = Download
download-intro = Downloading is free. Once copied to your device, these files are no longer protected by your code.
download-images = Images to look at
download-images-hint = Pictures (JPEG) and the report (PDF), for any phone or computer.
download-dicom = DICOM files, for a doctor
download-dicom-hint = The original images, complete, with the report. A doctor or a hospital can open them.
download-zip = A compressed folder (ZIP)
download-zip-size = A compressed folder (ZIP), about { $size }
download-report = The report alone
download-report-hint = The document as the physician validated it (PDF, { $size }).
size-bytes = { $n } bytes
size-kilo = { $n } kB
size-mega = { $n } MB
size-giga = { $n } GB

# Who has looked
looked-title = Who has looked at this exam
looked-intro = Every access is recorded before any image is sent.
looked-none = Nobody yet.
looked-limits = This list shows what was looked at on line. What was looked at in the practice, and in hospitals that received a copy, is not in it yet: ask for it at { $phone }.
looked-proof = Download the proof
looked-keep-title = Check it yourself
looked-keep = Each line is written in a log that cannot be changed without it showing. You can check that at home, without us and without a connection.
looked-verifier = The page that checks
looked-verifier-hint = One file, to open on your computer. It sends nothing.
looked-proofs = All the proofs of this exam
looked-proofs-hint = A file to give to the page that checks: it says whether a line was changed, or one is missing.
looked-receipt = A receipt to keep
looked-receipt-hint = Keep it, even on paper: later it will show that nothing written today was erased.
looked-growth = Compare with an earlier receipt
looked-growth-hint = The number on the second line of your receipt.
looked-growth-button = Download the comparison

# The page that checks, without a network
verify-title = Check the log of accesses
verify-intro = This page works alone, on your device: nothing is sent. Give it the files you downloaded: proofs, receipts, comparisons.
verify-choose = Choose files
verify-keys = The keys used
verify-keys-hint = The log’s, then the witnesses’. Compare them with those that the practice or the witnesses publish.
verify-limits = What this page cannot show: an access that never went through the log.
verify-signed = The log of { $size } entries is signed by its key.
verify-not-signed = The log of { $size } entries is not signed by the expected key.
verify-witnessed = The witness { $name } saw this log of { $size } entries on { $time }.
verify-not-confirmed = The log of { $size } entries is not yet confirmed by enough witnesses.
verify-not-in = Entry { $leaf } does not stand in the log in this form: it was changed, or the proof is damaged.
verify-stand = { $count } entries do stand in the log, word for word.
verify-one-only = With a single entry one cannot see whether any is missing: take “All the proofs”.
verify-gap = An entry is missing before number { $n } of this exam.
verify-no-gap = Entries { $first } to { $last } of this exam follow one another: none is missing between them.
verify-begins-later = The first one given is number { $first }: those before are not in these files.
verify-grown = The log has grown from { $old } to { $size } entries: nothing of your receipt was changed.
verify-not-grown = The log of { $size } entries does not continue that of your receipt ({ $old }): something was changed.
verify-same = Your receipt and the proofs speak of the same log of { $size } entries.
verify-no-growth = To compare your receipt of { $size } entries, also download “Compare with an earlier receipt”.
verify-unreadable = A file cannot be read: it is neither a proof, nor a receipt, nor a comparison, or it is damaged.
verify-verdict-good = Everything given holds.
verify-verdict-bad = Something does not hold: see the lines in red, and keep these files.
looked-open = The exam was opened { $who }.
looked-list = The exam’s page was shown { $who }.
looked-images = The images were seen { $who }.
looked-report = The report was read { $who }.
looked-download-report = The report was downloaded { $who }.
looked-download-dicom = The DICOM files were downloaded { $who }.
looked-download-images = The images to look at were downloaded { $who }.
looked-trace = This list was read { $who }.
looked-recall = The images were asked back { $who }.
looked-refusal = An attempt to open did not succeed.
looked-other = The exam was looked at { $who }.
looked-own = with this sheet
looked-own-qr = by scanning this sheet
looked-other-sheet = with another sheet
looked-other-sheet-qr = by scanning another sheet
looked-as-ordered = by { $name }, as the prescribing physician
looked-as-copied = by { $name }, copied on the order or the report
looked-as-designated = by { $name }, as the physician you designated
looked-as-permitted = by { $name }, who was given access
looked-as-care = by { $name }, of a partner establishment, who cares for you
looked-as-emergency = by { $name }, in an emergency
looked-as-stand-in = by { $name }, standing in for the prescribing physician
looked-emergency = Your record was opened { $who }.
exam-emergency = On { $at }, { $name } opened your record in an emergency, for one hour. Somebody of the practice checks that it was justified. To know more, call us.
looked-named = by { $name }
looked-unknown = by a person not identified

# No longer online, not yet online
expired-title = The images are no longer online
expired-since = They could be seen until { $date }.
expired-archived = They are kept in our archives at least until { $date }. You can bring them back.
expired-archived-open = They are kept in our archives. You can bring them back.
expired-recall = Bring my images back
expired-recall-hint = This usually takes less than a minute, ten at most. The images then stay online for { $days } days.
recall-title = Your images are coming back from our archives
recall-asked = Asked for
recall-found = Found
recall-verified = Checked
recall-ready = Ready
recall-done = : done
recall-usual = This usually takes less than a minute, ten at most.
recall-moments = A few moments more.
recall-seconds = About { $n } seconds more.
recall-one-minute = About one minute more.
recall-minutes = About { $n } minutes more.
recall-now-ready = Your images are ready.
recall-going-on = We keep trying.
recall-late = This takes longer than expected. We have been told. Come back later with the same sheet, or call { $phone } ({ $hours }).
recall-may-close = You may close this page and come back with the same sheet.
recall-reload = See how far it is
recall-failed-not-archived = These images are no longer in our archives. To talk about it, call { $phone } ({ $hours }).
recall-failed-held = This exam cannot be put online again for the moment. Call { $phone } ({ $hours }).
expired-keep-sheet = Keep this sheet.
expired-erased = They have been erased, as planned. The report is kept: to obtain it, call { $phone } ({ $hours }).
not-yet-title = The exam is not online yet
not-yet = Your sheet is the right one. The images and the report will appear here as soon as they are ready. Come back later with the same sheet, or call { $phone } ({ $hours }).

# Nothing here, out of order
missing-title = This page is not available
missing = If you were looking at an exam, your visit is over or the address is no longer right. You can open the exam again with your sheet.
missing-open = Open an exam
failed-title = We cannot answer at the moment
failed = Nothing is lost. Try again in a few minutes, or call { $phone } ({ $hours }).
foreign-title = This request did not come from our site
foreign = As a precaution it was set aside. Go back to the start and try again.

# Archiving and online access
archive-title = Archiving and online access
archive-intro = Two different things: online access shows your images for a while; archiving keeps them for long.
archive-as-of = Rules in force on { $date }.
archive-q-online = How long are my images online?
archive-a-online = Every exam can be seen online with the sheet of the report, never for more than 24 months from the date of the exam. How long depends on the kind of exam:
archive-q-kept = How long are they archived?
archive-a-kept = CT scans, MRI scans and mammograms of organised screening or of the follow-up of a treated breast cancer are always archived: nothing is asked of you. For other exams, archiving is your choice and at your charge; it is offered at the sites that practise it, with its price told beforehand. Declining changes nothing else.
archive-a-kept-no-offer = CT scans, MRI scans and mammograms of organised screening or of the follow-up of a treated breast cancer are always archived: nothing is asked of you. For other exams the images are not archived: they stay on line for the time shown, then are erased. You can download them free of charge.
archive-table = Durations by kind of exam
archive-col-class = Exam
archive-col-online = Online
archive-col-archived = Archived
class-ct = CT scan
class-mr = MRI
class-mg-screening = Mammogram, organised screening
class-mg-followup = Mammogram, follow-up of a treated breast cancer
class-other = Radiograph, ultrasound, other mammogram, other exams
archive-always = always, at least { $time }
archive-if-chosen = if you choose it, at least { $time }
archive-not-here = no
months = { $n ->
    [one] { $n } month
   *[other] { $n } months
 }
years = { $n ->
    [one] { $n } year
   *[other] { $n } years
 }
online-both = { $time }, whether or not archiving is chosen
online-chosen = { $time }; { $chosen } if you chose archiving
archive-q-after = And then?
archive-a-after = At the end of the time online, the images are erased from the site. If they are archived, they can come back, for { $days } days. The report itself is kept at least 20 years after your last visit, and until your 28th birthday.
archive-q-code = What is the access code for?
archive-a-code = It is printed at the bottom of the last page of the report. With the exam number and the date of birth, it opens that exam and no other. Give the sheet only to people of your choice. Each sheet has its own code: if you lose one, ask the desk to cancel it and to give you another, with an identity document. A code is never dictated over the telephone.
archive-q-who = Who else can see my images?
archive-a-who = The professionals who take part in your care and the people you choose. Every access is recorded, and you can read that list from the exam’s page.
archive-a-partners = Exams prescribed by these hospitals are sent to them unless you object: { $partners }.

# Data protection
data-title = Data protection
data-intro = How { $name } uses your data, and what you may ask (Regulation (EU) 2016/679, the GDPR, and French law no. 78-17 of 6 January 1978 as amended).
data-controller = Controller
data-controller-text = { $name }, { $address }.
data-officer = Data-protection officer
data-purposes = What for
data-purposes-text = To perform and interpret your exam, to give you its images and report, to share them with the professionals who care for you, to keep your record and to bill. Nothing is sold, nothing serves advertising.
data-bases = On what basis
data-bases-text = Medical care (articles 6.1.c, 6.1.e and 9.2.h of the GDPR) and the retention duties of the French public-health code. Archiving at your charge rests on your request.
data-recipients = Who receives them
data-recipients-text = You and the people to whom you give your sheet; the prescribing physician; the professionals and hospitals that take part in your care; the health insurance, for billing; our host of health data: { $host }.
data-durations = How long
data-durations-text = Images: see the page “Archiving and online access”. Report and record: at least 20 years after your last visit, and until your 28th birthday. Invoices: 10 years. Security log: 12 months.
data-rights = Your rights
data-rights-text = To obtain a copy (free the first time, within 8 days, 2 months for records older than 5 years), to have errors corrected, to object to sharing with a professional or a hospital, to designate a physician who may read your record. Write to the officer or ask the desk: { $phone } ({ $hours }).
data-complaint = Complaint
data-complaint-text = You may complain to the CNIL: 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, France, cnil.fr.
data-cookies = Cookies
data-cookies-text = Two, necessary, which follow nobody: one keeps your visit open after the code, for 8 hours at most; the other remembers the language. Nothing comes from another site.

# Legal notice
legal-title = Legal notice
legal-publisher = Publisher
legal-director = Responsible for the publication
legal-host = Host
legal-contact = Contact

# Accessibility
accessibility-title = Accessibility
accessibility-text = This site is made to be used with a keyboard, with a screen reader, in large type and without JavaScript, following WCAG 2.2 level AA and the French RGAA. It has not yet been audited by an outside body, so its conformance is not declared.
accessibility-known = What we know of its limits
accessibility-known-text = Medical images cannot be described by a text; the report is the text that describes them. It is given as text beside its pages. Showing the images needs JavaScript; without it, they can be downloaded.
accessibility-contact = A difficulty?
accessibility-contact-text = Tell us: { $phone } ({ $hours }). If the answer does not satisfy you, you may turn to the Défenseur des droits.

# The code received in a message
factor-title = One last check
factor-intro = To protect your exam, we have just sent a code to an address you had given us:
factor-intro-unsent = To protect your exam, a code is sent to an address you had given us. Ask for it below, then type it here.
factor-code = Code received
factor-code-hint = 6 digits, valid for 10 minutes
factor-open = Continue
factor-again-title = The code has not come?
factor-again = It can take a minute. Look among unwanted mail too. A new code replaces the one before.
factor-send-to = Send a code to { $contact }
factor-sent-again = A code is sent. Only the last one received is valid.
factor-too-soon = A code has just been sent. Wait a minute before asking for another. If you have asked for several, wait an hour.
factor-undelivered = The code could not be sent. Try again in a few minutes, or call { $phone } ({ $hours }).
factor-wrong = This is not the right code. Check the 6 digits of the last message received.
factor-over = This code is no longer valid. Ask for another.
factor-nowhere = We have no address to send you a code, and the exam does not open without one. Call { $phone } ({ $hours }), or come to the desk with an identity document.
factor-lost = This address is no longer yours? Come to the desk with an identity document, or call { $phone } ({ $hours }).

# Sharing with a person
share-title = Share with a person
exam-share-hint = You choose who, and until when
share-intro = The person receives an invitation by e-mail. At each visit they will have to type a code sent to that same address: a link passed on to somebody else opens nothing.
share-email = The person’s e-mail address
share-email-hint = Check it well: only this address will receive the codes.
share-days = Number of days
share-days-hint = From 1 to { $most }, today included
share-download = This person may also download the files
share-do = Send the invitation
share-made = The invitation is sent.
share-refused = Check the address and the number of days.
share-undelivered = The invitation could not be sent, and nothing is shared. Try again in a few minutes.
share-ended = The share is over. It opens nothing any more.
share-list = Your shares
share-until = Until { $date }, without download
share-until-download = Until { $date }, with download
share-over = Over
share-used = Last opened on { $at }
share-never-used = Not opened yet
share-end = Stop sharing
share-copies = Copies already downloaded or printed cannot be taken back.
share-not-strong = To share, we first need an address to send you a code. Come to the desk with an identity document, or call { $phone } ({ $hours }).
invited-title = You are invited to see an exam
invited-intro = A code will be sent to the address that received the invitation. Type it on the next page.
invited-link = The link received
invited-link-hint = Paste the whole link of your message here.
invited-go = Receive the code
invited-over = This invitation opens nothing any more. The person who sent it can make another.
looked-invited = by a person invited
looked-prove = A code received in a message was typed { $who }.
looked-share = The exam was shared { $who }.
looked-end-share = A share was ended { $who }.

# The messages sent
letter-code-subject = Your verification code
letter-code = Your code: { $code }

    It is valid for 10 minutes, for the page you have just opened. Give it to nobody, not even to us.
    If you asked for nothing, somebody may have your sheet: call { $phone } ({ $hours }).

    { $site }
letter-invitation-subject = An invitation to see an exam
letter-invitation = Somebody invites you to see a medical imaging exam, until { $date }.

    { $link }

    A code will be sent to this address: the link alone opens nothing.
    Nobody comes to mind? Do nothing.

    { $site }
letter-emergency-subject = Your record was opened in an emergency
letter-emergency = A health professional opened your exams in an emergency, for one hour.

    Somebody of the practice checks that it was justified. To know who saw them and when, open the exam with your sheet, or call us: { $phone }.

    { $site }
letter-used-subject = Your share was opened
letter-used = A person you invited opened the exam today.

    To see your shares or to end them, open the exam with your sheet.

    { $site }
