# Les pages des patients et du public.

# Partout
site-skip = Aller au contenu
site-help = Besoin d’aide
site-language = English
site-language-hint = This page in English
site-footer = À propos
page-archive = Archivage et diffusion
page-data = Protection des données
page-legal = Mentions légales
page-accessibility = Accessibilité : non évaluée
page-prescribers = Espace Prescripteurs
back-door = Revenir à l’accueil
back-exam = Revenir à l’examen

# La porte
door-title = Voir mon examen
door-intro = Prenez la feuille remise avec votre compte rendu. Le numéro et le code sont dans le cadre, en bas de la dernière page.
door-number = N° d’examen
door-number-hint = 10 chiffres
door-code = Code d’accès
door-code-hint = 13 caractères. Jamais de I, L, O ni U : ce qui ressemble à I ou L est un 1, à O un 0.
door-birth = Date de naissance de la personne examinée
door-birth-hint = Si le jour ou le mois est inconnu, laissez la case vide.
door-day = Jour
door-month = Mois
door-year = Année
door-open = Ouvrir l’examen
door-qr-title = Votre feuille est reconnue
door-qr-intro = Indiquez la date de naissance pour ouvrir l’examen.
door-qr-other = Taper le numéro et le code à la place
door-refused-title = L’examen ne s’est pas ouvert
door-refused = Nous n’avons pas pu ouvrir l’examen. Vérifiez les trois informations. Si vous avez fait plusieurs essais, attendez une heure avant de recommencer, même si le code est juste.
door-refused-help = Besoin d’aide : { $phone } ({ $hours }).
door-check-title = Une information est à revoir
door-check-number = Le numéro d’examen a 10 chiffres ; celui-ci comporte une erreur ou n’est pas complet.
door-check-code = Le code d’accès a 13 caractères ; celui-ci comporte une erreur ou n’est pas complet.
door-check-birth = Indiquez la date de naissance, avec l’année sur quatre chiffres.
door-closed-title = L’examen est fermé
door-closed = Sur un appareil que d’autres utilisent, fermez aussi cette fenêtre.

# L'examen
exam-title = Votre examen
exam-of = Examen de { $name }
exam-date = Le { $date }
exam-images = Voir les images
exam-report = Lire le compte rendu
exam-no-report = Le compte rendu n’est pas encore disponible. Votre médecin ou notre équipe pourra vous répondre : { $phone }.
exam-corrected = Ce compte rendu remplace une version précédente.
exam-no-viewer = Les images de cet examen ne s’affichent pas dans cette page. Elles sont dans les fichiers à télécharger.
exam-more = Et aussi
exam-downloads = Télécharger
exam-downloads-hint = Les images et le compte rendu, pour vous ou pour un médecin
exam-looked = Qui a consulté cet examen
exam-looked-hint = Chaque ouverture est inscrite
exam-close = Fermer l’examen
exam-close-short = Fermer
exam-notice = Ces images s’affichent à titre d’information. Seul le compte rendu du médecin fait foi.

# Les dates
times-title = Jusqu’à quand
times-online-until = En ligne jusqu’au { $date }
times-again-until = De nouveau en ligne jusqu’au { $date }
times-again = Vos images sont de nouveau en ligne jusqu’au { $online }. Elles restent dans nos archives au moins jusqu’au { $archived } : vous pourrez les faire revenir encore.
times-archived-until = Puis dans nos archives, au moins jusqu’au { $date }
times-erased-after = Ensuite, les images sont effacées
times-may-end = Ensuite, les images peuvent être effacées
times-archived = Vos images sont consultables en ligne jusqu’au { $online }. Elles sont ensuite gardées dans nos archives au moins jusqu’au { $archived }.
times-not-chosen = Vous n’avez pas choisi l’archivage. Les images restent en ligne jusqu’au { $online }, puis sont effacées ; le compte rendu est conservé. Vous pouvez les télécharger gratuitement.
times-paid-archive = Un archivage payant ({ $price }) reste possible, sans obligation : parlez-en à l’accueil. Le refuser ne change rien d’autre.
times-other = Vos images sont consultables en ligne jusqu’au { $online }. Le compte rendu est conservé.

# Le compte rendu
report-title = Compte rendu
report-validated = Validé le { $date }
report-page = Page { $page } du compte rendu. Son texte est plus bas sur cette page.
report-page-no-text = Page { $page } du compte rendu.
report-text = Le texte du compte rendu
report-download = Télécharger le compte rendu (PDF, { $size })

# Les téléchargements
download-title = Télécharger
download-intro = Le téléchargement est gratuit. Une fois copiés sur votre appareil, ces fichiers ne sont plus protégés par votre code.
download-images = Images à regarder
download-images-hint = Des photos (JPEG) et le compte rendu (PDF), pour tout téléphone ou ordinateur.
download-dicom = Fichiers DICOM, pour un médecin
download-dicom-hint = Les images d’origine, complètes, avec le compte rendu. Un médecin ou un établissement peut les ouvrir.
download-zip = Un dossier compressé (ZIP)
download-zip-size = Un dossier compressé (ZIP), environ { $size }
download-report = Compte rendu seul
download-report-hint = Le document tel que le médecin l’a validé (PDF, { $size }).
size-bytes = { $n } octets
size-kilo = { $n } Ko
size-mega = { $n } Mo
size-giga = { $n } Go

# Qui a consulté
looked-title = Qui a consulté cet examen
looked-intro = Chaque consultation est inscrite avant que la moindre image ne soit envoyée.
looked-none = Personne encore.
looked-limits = Cette liste montre les consultations en ligne. Celles faites au cabinet, et dans les établissements ayant reçu une copie, n’y sont pas encore : demandez-les au { $phone }.
looked-proof = Télécharger la preuve
looked-keep-title = Vérifier par vous-même
looked-keep = Chaque ligne est inscrite dans un journal qui ne peut pas être changé sans que cela se voie. Vous pouvez le vérifier chez vous, sans nous et sans connexion.
looked-verifier = La page qui vérifie
looked-verifier-hint = Un seul fichier, à ouvrir sur votre ordinateur. Elle n’envoie rien.
looked-proofs = Toutes les preuves de cet examen
looked-proofs-hint = Un fichier à donner à la page qui vérifie : elle dit si une ligne a été changée, ou s’il en manque une.
looked-receipt = Un reçu à garder
looked-receipt-hint = Gardez-le, même imprimé : plus tard, il montrera que rien de ce qui est inscrit aujourd’hui n’a été effacé.
looked-growth = Comparer avec un reçu plus ancien
looked-growth-hint = Le nombre qui est sur la deuxième ligne de votre reçu.
looked-growth-button = Télécharger la comparaison

# La page qui vérifie, sans réseau
verify-title = Vérifier le journal des consultations
verify-intro = Cette page travaille seule, sur votre appareil : rien n’est envoyé. Donnez-lui les fichiers téléchargés : preuves, reçus, comparaisons.
verify-choose = Choisir des fichiers
verify-keys = Les clés utilisées
verify-keys-hint = Celle du journal, puis celles des témoins. Comparez-les à celles que le cabinet ou les témoins publient.
verify-limits = Ce que cette page ne peut pas montrer : une consultation qui ne serait jamais passée par le journal.
verify-signed = Le journal de { $size } inscriptions est signé par sa clé.
verify-not-signed = Le journal de { $size } inscriptions n’est pas signé par la clé attendue.
verify-witnessed = Le témoin { $name } a vu ce journal de { $size } inscriptions le { $time }.
verify-not-confirmed = Le journal de { $size } inscriptions n’est pas encore confirmé par assez de témoins.
verify-not-in = L’inscription { $leaf } n’est pas dans le journal sous cette forme : elle a été changée, ou la preuve est abîmée.
verify-stand = { $count } inscription(s) sont bien dans le journal, mot pour mot.
verify-one-only = Avec une seule inscription, on ne peut pas voir s’il en manque : prenez « Toutes les preuves ».
verify-gap = Il manque une inscription avant la numéro { $n } de cet examen.
verify-no-gap = Les inscriptions { $first } à { $last } de cet examen se suivent : aucune ne manque entre elles.
verify-begins-later = La première donnée est la numéro { $first } : celles d’avant ne sont pas dans ces fichiers.
verify-grown = Le journal a bien grandi de { $old } à { $size } inscriptions : rien de votre reçu n’a été changé.
verify-not-grown = Le journal de { $size } inscriptions ne continue pas celui de votre reçu ({ $old }) : quelque chose a été changé.
verify-same = Votre reçu et les preuves parlent du même journal de { $size } inscriptions.
verify-no-growth = Pour comparer votre reçu de { $size } inscriptions, téléchargez aussi « Comparer avec un reçu plus ancien ».
verify-unreadable = Un fichier ne peut pas être lu : ce n’est ni une preuve, ni un reçu, ni une comparaison, ou il est abîmé.
verify-verdict-good = Tout ce qui a été donné tient.
verify-verdict-bad = Quelque chose ne tient pas : voyez les lignes en rouge, et gardez ces fichiers.
looked-open = L’examen a été ouvert { $who }.
looked-list = La page de l’examen a été affichée { $who }.
looked-images = Les images ont été vues { $who }.
looked-report = Le compte rendu a été lu { $who }.
looked-download-report = Le compte rendu a été téléchargé { $who }.
looked-download-dicom = Les fichiers DICOM ont été téléchargés { $who }.
looked-download-images = Les images à regarder ont été téléchargées { $who }.
looked-trace = Cette liste a été lue { $who }.
looked-recall = Le retour des images a été demandé { $who }.
looked-refusal = Une tentative d’ouverture n’a pas abouti.
looked-other = L’examen a été consulté { $who }.
looked-own = avec cette feuille
looked-own-qr = en scannant cette feuille
looked-other-sheet = avec une autre feuille
looked-other-sheet-qr = en scannant une autre feuille
looked-as-ordered = par { $name }, en tant que médecin prescripteur
looked-as-copied = par { $name }, en copie de l’ordonnance ou du compte rendu
looked-as-designated = par { $name }, en tant que médecin que vous avez désigné
looked-as-permitted = par { $name }, à qui l’accès a été donné
looked-as-care = par { $name }, d’un établissement partenaire, qui vous soigne
looked-as-emergency = par { $name }, en urgence
looked-as-stand-in = par { $name }, en remplacement du médecin prescripteur
looked-emergency = Votre dossier a été ouvert { $who }.
exam-emergency = Le { $at }, { $name } a ouvert votre dossier en urgence, pour une heure. Un responsable du cabinet vérifie que c’était justifié. Pour en savoir plus, appelez-nous.
looked-named = par { $name }
looked-unknown = par une personne non identifiée

# Plus en ligne, pas encore en ligne
expired-title = Les images ne sont plus en ligne
expired-since = Elles étaient consultables jusqu’au { $date }.
expired-archived = Elles sont gardées dans nos archives au moins jusqu’au { $date }. Vous pouvez les faire revenir.
expired-archived-open = Elles sont gardées dans nos archives. Vous pouvez les faire revenir.
expired-recall = Rapatrier mes images
expired-recall-hint = Cela prend en général moins d’une minute, au plus dix. Les images restent ensuite en ligne { $days } jours.
recall-title = Vos images reviennent de nos archives
recall-asked = Demandé
recall-found = Retrouvé
recall-verified = Vérifié
recall-ready = Prêt
recall-done =  : fait
recall-usual = Cela prend en général moins d’une minute, au plus dix.
recall-moments = Encore quelques instants.
recall-seconds = Encore environ { $n } secondes.
recall-one-minute = Encore environ une minute.
recall-minutes = Encore environ { $n } minutes.
recall-now-ready = Vos images sont prêtes.
recall-going-on = Nous continuons d’essayer.
recall-late = C’est plus long que prévu. Nous sommes prévenus. Revenez plus tard avec la même feuille, ou appelez le { $phone } ({ $hours }).
recall-may-close = Vous pouvez fermer cette page et revenir avec la même feuille.
recall-reload = Voir où cela en est
recall-failed-not-archived = Ces images ne sont plus dans nos archives. Pour en parler, appelez le { $phone } ({ $hours }).
recall-failed-held = Cet examen ne peut pas être remis en ligne pour le moment. Appelez le { $phone } ({ $hours }).
expired-keep-sheet = Gardez cette feuille.
expired-erased = Elles ont été effacées, comme prévu. Le compte rendu est conservé : pour l’obtenir, appelez le { $phone } ({ $hours }).
not-yet-title = L’examen n’est pas encore en ligne
not-yet = Votre feuille est la bonne. Les images et le compte rendu apparaîtront ici dès qu’ils seront prêts. Revenez plus tard avec la même feuille, ou appelez le { $phone } ({ $hours }).

# Rien ici, panne
missing-title = Cette page n’est pas disponible
missing = Si vous consultiez un examen, votre visite est terminée ou l’adresse n’est plus bonne. Vous pouvez rouvrir l’examen avec votre feuille.
missing-open = Ouvrir un examen
failed-title = Nous ne pouvons pas répondre pour le moment
failed = Rien n’est perdu. Réessayez dans quelques minutes, ou appelez le { $phone } ({ $hours }).
foreign-title = Cette demande n’a pas été faite depuis notre site
foreign = Par prudence, elle a été écartée. Revenez à l’accueil et recommencez.

# Archivage et diffusion
archive-title = Archivage et diffusion des images
archive-intro = Deux choses différentes : la diffusion montre vos images en ligne pendant un temps ; l’archivage les garde longtemps.
archive-as-of = Règles en vigueur le { $date }.
archive-q-online = Combien de temps mes images sont-elles en ligne ?
archive-a-online = Tous les examens sont consultables en ligne avec la feuille du compte rendu, jamais plus de 24 mois à compter de la date de l’examen. La durée dépend du type d’examen :
archive-q-kept = Combien de temps sont-elles archivées ?
archive-a-kept = Les scanners, les IRM et les mammographies de dépistage organisé ou de suivi d’un cancer du sein traité sont toujours archivés : on ne vous demande rien. Pour les autres examens, l’archivage est votre choix et à votre charge ; il est proposé dans les sites qui le pratiquent, avec son prix annoncé à l’avance. Refuser ne change rien d’autre.
archive-a-kept-no-offer = Les scanners, les IRM et les mammographies de dépistage organisé ou de suivi d’un cancer du sein traité sont toujours archivés : on ne vous demande rien. Pour les autres examens, les images ne sont pas archivées : elles restent en ligne le temps indiqué, puis sont effacées. Vous pouvez les télécharger gratuitement.
archive-table = Durées par type d’examen
archive-col-class = Examen
archive-col-online = En ligne
archive-col-archived = Archivé
class-ct = Scanner
class-mr = IRM
class-mg-screening = Mammographie de dépistage organisé
class-mg-followup = Mammographie de suivi d’un cancer du sein traité
class-other = Radiographie, échographie, autre mammographie, autres examens
archive-always = toujours, au moins { $time }
archive-if-chosen = si vous le choisissez, au moins { $time }
archive-not-here = non
months = { $n ->
    [one] { $n } mois
   *[other] { $n } mois
 }
years = { $n ->
    [one] { $n } an
   *[other] { $n } ans
 }
online-both = { $time }, que l’archivage soit choisi ou non
online-chosen = { $time } ; { $chosen } si vous avez choisi l’archivage
archive-q-after = Et ensuite ?
archive-a-after = Au bout de la durée en ligne, les images sont effacées du site. Si elles sont archivées, elles peuvent y revenir, pour { $days } jours. Le compte rendu, lui, est conservé au moins 20 ans après votre dernier passage, et jusqu’à votre 28e anniversaire.
archive-q-code = À quoi sert le code d’accès ?
archive-a-code = Il est imprimé en bas de la dernière page du compte rendu. Avec le numéro d’examen et la date de naissance, il ouvre l’examen, et lui seul. Ne donnez cette feuille qu’aux personnes de votre choix. Chaque feuille a son code : si vous en perdez une, demandez à l’accueil de l’annuler et de vous en remettre une autre, avec une pièce d’identité. Un code n’est jamais dicté au téléphone.
archive-q-who = Qui d’autre peut voir mes images ?
archive-a-who = Les professionnels qui participent à vos soins et les personnes que vous choisissez. Chaque accès est inscrit, et vous pouvez lire cette liste depuis la page de l’examen.
archive-a-partners = Les examens prescrits par ces établissements leur sont transmis, sauf si vous vous y opposez : { $partners }.

# Protection des données
data-title = Protection des données
data-intro = Comment { $name } utilise vos données, et ce que vous pouvez demander (règlement (UE) 2016/679, dit RGPD, et loi n° 78-17 du 6 janvier 1978 modifiée).
data-controller = Responsable
data-controller-text = { $name }, { $address }.
data-officer = Délégué à la protection des données
data-purposes = Pourquoi
data-purposes-text = Réaliser et interpréter votre examen, vous en remettre les images et le compte rendu, les partager avec les professionnels qui vous soignent, tenir votre dossier et le facturer. Rien n’est vendu, rien ne sert à de la publicité.
data-bases = Sur quelle base
data-bases-text = La prise en charge médicale (articles 6.1.c, 6.1.e et 9.2.h du RGPD) et les obligations de conservation du code de la santé publique. L’archivage à votre charge repose sur votre demande.
data-recipients = Qui les reçoit
data-recipients-text = Vous et les personnes à qui vous donnez votre feuille ; le médecin prescripteur ; les professionnels et établissements qui participent à vos soins ; l’assurance maladie pour la facturation ; notre hébergeur de données de santé : { $host }.
data-durations = Combien de temps
data-durations-text = Les images : voir la page « Archivage et diffusion ». Compte rendu et dossier : au moins 20 ans après votre dernier passage, et jusqu’à votre 28e anniversaire. Factures : 10 ans. Journal de sécurité : 12 mois.
data-rights = Vos droits
data-rights-text = Obtenir une copie (gratuite la première fois, sous 8 jours, 2 mois pour les dossiers de plus de 5 ans), faire rectifier, vous opposer au partage avec un professionnel ou un établissement, désigner un médecin qui lira votre dossier. Écrivez au délégué ou demandez à l’accueil : { $phone } ({ $hours }).
data-complaint = Réclamation
data-complaint-text = Vous pouvez saisir la CNIL : 3 place de Fontenoy, TSA 80715, 75334 Paris Cedex 07, cnil.fr.
data-cookies = Cookies
data-cookies-text = Deux, nécessaires, qui ne suivent personne : l’un tient votre visite ouverte après le code, au plus 8 heures ; l’autre retient la langue choisie. Aucun contenu ne vient d’un autre site.

# Mentions légales
legal-title = Mentions légales
legal-publisher = Éditeur
legal-director = Responsable de la publication
legal-host = Hébergeur
legal-contact = Nous joindre

# Accessibilité
accessibility-title = Accessibilité
accessibility-text = Ce site est conçu pour être utilisé au clavier, avec un lecteur d’écran, en grands caractères et sans JavaScript, suivant les règles WCAG 2.2 niveau AA et le RGAA. Il n’a pas encore été contrôlé par un organisme extérieur : sa conformité n’est donc pas déclarée.
accessibility-known = Ce que nous savons de ses limites
accessibility-known-text = Les images médicales ne peuvent pas être décrites par un texte ; le compte rendu est le texte qui les décrit. Il est donné en texte à côté de ses pages. L’affichage des images demande JavaScript ; sans lui, elles se téléchargent.
accessibility-contact = Une difficulté ?
accessibility-contact-text = Dites-le-nous : { $phone } ({ $hours }). Sans réponse satisfaisante, vous pouvez vous adresser au Défenseur des droits.

# Le code reçu par message
factor-title = Une dernière vérification
factor-intro = Pour protéger votre examen, nous venons d’envoyer un code à une adresse que vous nous aviez donnée :
factor-intro-unsent = Pour protéger votre examen, un code est envoyé à une adresse que vous nous aviez donnée. Demandez-le plus bas, puis tapez-le ici.
factor-code = Code reçu
factor-code-hint = 6 chiffres, valables 10 minutes
factor-open = Continuer
factor-again-title = Le code n’est pas arrivé ?
factor-again = Il faut parfois une minute. Regardez aussi dans les courriers indésirables. Un nouveau code remplace le précédent.
factor-send-to = Envoyer un code à { $contact }
factor-sent-again = Un code est envoyé. Seul le dernier reçu est valable.
factor-too-soon = Un code vient déjà d’être envoyé. Attendez une minute avant d’en demander un autre. Si vous en avez demandé plusieurs, attendez une heure.
factor-undelivered = Le code n’a pas pu être envoyé. Réessayez dans quelques minutes, ou appelez le { $phone } ({ $hours }).
factor-wrong = Ce code n’est pas le bon. Vérifiez les 6 chiffres du dernier message reçu.
factor-over = Ce code n’est plus valable. Demandez-en un autre.
factor-nowhere = Nous n’avons pas d’adresse où vous envoyer un code, et l’examen ne s’ouvre pas sans lui. Appelez le { $phone } ({ $hours }), ou passez à l’accueil avec une pièce d’identité.
factor-lost = Cette adresse n’est plus la vôtre ? Passez à l’accueil avec une pièce d’identité, ou appelez le { $phone } ({ $hours }).

# Le partage avec une personne
share-title = Partager avec une personne
exam-share-hint = Vous choisissez qui, et jusqu’à quand
share-intro = La personne reçoit une invitation par courrier électronique. À chaque visite, elle devra taper un code envoyé à cette même adresse : un lien transmis à quelqu’un d’autre n’ouvre rien.
share-email = Adresse électronique de la personne
share-email-hint = Vérifiez-la bien : seule cette adresse recevra les codes.
share-days = Nombre de jours
share-days-hint = De 1 à { $most }, aujourd’hui compris
share-download = Cette personne peut aussi télécharger les fichiers
share-do = Envoyer l’invitation
share-made = L’invitation est envoyée.
share-refused = Vérifiez l’adresse et le nombre de jours.
share-undelivered = L’invitation n’a pas pu être envoyée, et rien n’est partagé. Réessayez dans quelques minutes.
share-ended = Le partage est terminé. Il n’ouvre plus rien.
share-list = Vos partages
share-until = Jusqu’au { $date }, sans téléchargement
share-until-download = Jusqu’au { $date }, avec téléchargement
share-over = Terminé
share-used = Ouvert pour la dernière fois le { $at }
share-never-used = Pas encore ouvert
share-end = Arrêter le partage
share-copies = Les copies déjà téléchargées ou imprimées ne peuvent pas être reprises.
share-not-strong = Pour partager, il faut d’abord une adresse où vous envoyer un code. Passez à l’accueil avec une pièce d’identité, ou appelez le { $phone } ({ $hours }).
invited-title = Vous êtes invité à voir un examen
invited-intro = Un code sera envoyé à l’adresse qui a reçu l’invitation. Tapez-le à la page suivante.
invited-link = Le lien reçu
invited-link-hint = Collez ici le lien entier de votre message.
invited-go = Recevoir le code
invited-over = Cette invitation n’ouvre plus rien. La personne qui vous l’a envoyée peut en faire une autre.
looked-invited = par une personne invitée
looked-prove = Un code reçu par message a été tapé { $who }.
looked-share = L’examen a été partagé { $who }.
looked-end-share = Un partage a été arrêté { $who }.

# Les messages envoyés
letter-code-subject = Votre code de vérification
letter-code = Votre code : { $code }

    Il est valable 10 minutes, pour la page que vous venez d’ouvrir. Ne le donnez à personne, même à nous.
    Si vous n’avez rien demandé, quelqu’un a peut-être votre feuille : appelez le { $phone } ({ $hours }).

    { $site }
letter-invitation-subject = Une invitation à voir un examen
letter-invitation = Une personne vous invite à voir un examen d’imagerie, jusqu’au { $date }.

    { $link }

    Un code vous sera envoyé à cette adresse : le lien seul n’ouvre rien.
    Vous ne connaissez personne à qui ce message ferait penser ? Ne faites rien.

    { $site }
letter-emergency-subject = Votre dossier a été ouvert en urgence
letter-emergency = Un professionnel de santé a ouvert vos examens en urgence, pour une heure.

    Un responsable vérifie que c’était justifié. Pour savoir qui les a vus et quand, ouvrez l’examen avec votre feuille, ou appelez-nous : { $phone }.

    { $site }
letter-used-subject = Votre partage a été ouvert
letter-used = Une personne que vous avez invitée a ouvert l’examen aujourd’hui.

    Pour voir vos partages ou les arrêter, ouvrez l’examen avec votre feuille.

    { $site }
