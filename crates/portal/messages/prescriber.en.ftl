
# The prescribers' area
prescribers-title = Prescribers’ area
prescribers-text = Prescribing physicians see there the exams they ordered: images and reports.
prescribers-enter = Enter the area
prescribers-meanwhile = Are you a patient?
prescribers-meanwhile-text = Your physician sees by themselves the exam they ordered. To another physician you may entrust your sheet: it opens the exam on this site. For any question: { $phone } ({ $hours }).
pro-space = Prescribers
pro-intro = You see the exams you ordered, and those you are copied on.
pro-openid = Log in with Pro Santé Connect
pro-local = Account opened by our team
pro-rpps = RPPS number (11 digits)
pro-password = Password
pro-code = Code from the application
pro-code-hint = The six digits your code application shows. Each code works once.
pro-enter = Enter
pro-refused = The login did not go through. Check the details and try again. After several tries, wait an hour. Need help: { $phone } ({ $hours }).
pro-unreachable = The login service does not answer. Try again in a few minutes, or call { $phone }.
pro-no-account = No account? Our team opens one after checking who you are: { $phone } ({ $hours }).
pro-entered = You are logged in
pro-continue = Continue
pro-leave = Log out
pro-list-title = My exams
pro-logged-in = { $name }
pro-search = Name, birth date or exam number
pro-search-go = Search
pro-found = { $n ->
    [one] One exam.
   *[other] { $n } exams.
 }
pro-unread = { $n ->
    [one] One new.
   *[other] { $n } new.
 }
pro-new = New
pro-no-name = Name kept in our archives
pro-report-here = report
pro-recallable = to be brought back
pro-days-left = { $n ->
    [0] last day on line
    [one] one more day on line
   *[other] { $n } more days on line
 }
pro-for-another = standing in
pro-pages = Pages of the list
pro-newer = Previous page
pro-older = Next page
pro-empty = No exam under your name for now.
pro-empty-why = An order made without your RPPS number cannot be linked to you. Tell us: { $phone } ({ $hours }).
pro-nothing-found = Nothing matches this search among your exams.
pro-all = See all my exams
pro-back-list = My exams
pro-exam-title = Exam
pro-not-diagnosis = This display is not a medical device: it is not for diagnosis.
pro-online-until = On line until { $date }.
pro-no-report = The report is not available yet.
pro-others = Other exams of the same person
pro-context-hint = Address for your own software; it opens nothing to whoever has no access to this exam:
pro-context-title = Open an exam
pro-recall-asked = The images are asked from our archives. Ten minutes at most.
pro-recall-found = The images are found. They are on their way.
pro-recall-verified = The images are checked. They are on their way.
pro-slowed-title = One moment
pro-slowed = You have opened many exams in an hour. As a precaution, the next one can be opened from { $at }. Our team has been told.
pro-emergency = Emergency opening
pro-emergency-link = Emergency: open the record of a patient you do not follow
pro-emergency-intro = Where a patient’s life or health requires it, you can see their exams for one hour. The patient is told at once. Somebody of the practice checks every opening.
pro-emergency-name = The patient’s first names and name
pro-emergency-name-hint = In full, as on their identity document.
pro-emergency-born = Birth date
pro-emergency-reason = Reason of the emergency
pro-emergency-reason-hint = In a few words. The reason is kept and read.
pro-emergency-open = Open the record for one hour
pro-emergency-nobody = No record can be opened with this name and birth date. Check them, or call the practice.
pro-emergency-no-reason = Write the reason of the emergency, in a few words.
pro-emergency-too-many = Several names led nowhere. Wait one hour, or call the practice.
pro-emergency-opened = The record is open to you until { $at }. The patient is told.
pro-emergency-go = See the exams
pro-standin = Standing in
pro-standin-intro = Whoever stands in for you sees your exams during these dates, under their own name. It ends at the end date.
pro-standin-line = RPPS { $rpps }, from { $from } to { $until } included
pro-standin-end = End it
pro-standin-rpps = RPPS number of the person standing in for you
pro-standin-from = From
pro-standin-until = To (included)
pro-standin-declare = Declare it
pro-standin-wrong = Check the RPPS number (11 digits, not your own) and the dates: one year at most.
