
# L’espace des prescripteurs
prescribers-title = Espace Prescripteurs
prescribers-text = Les médecins prescripteurs y voient les examens qu’ils ont demandés : images et comptes rendus.
prescribers-enter = Entrer dans l’espace
prescribers-meanwhile = Vous êtes patient ?
prescribers-meanwhile-text = Votre médecin voit de lui-même l’examen qu’il a demandé. À un autre médecin, vous pouvez confier votre feuille : elle ouvre l’examen sur ce site. Pour toute question : { $phone } ({ $hours }).
pro-space = Prescripteurs
pro-intro = Vous y voyez les examens que vous avez demandés, et ceux dont vous êtes en copie.
pro-openid = Se connecter avec Pro Santé Connect
pro-local = Compte ouvert par notre équipe
pro-rpps = N° RPPS (11 chiffres)
pro-password = Mot de passe
pro-code = Code de l’application
pro-code-hint = Les six chiffres affichés par votre application de codes. Chaque code sert une fois.
pro-enter = Entrer
pro-refused = La connexion n’a pas abouti. Vérifiez les informations, puis recommencez. Après plusieurs essais, attendez une heure. Besoin d’aide : { $phone } ({ $hours }).
pro-unreachable = Le service de connexion ne répond pas. Réessayez dans quelques minutes, ou appelez le { $phone }.
pro-no-account = Pas de compte ? Notre équipe en ouvre un après vérification de votre identité : { $phone } ({ $hours }).
pro-entered = Vous êtes connecté
pro-continue = Continuer
pro-leave = Se déconnecter
pro-list-title = Mes examens
pro-logged-in = { $name }
pro-search = Nom, date de naissance ou numéro d’examen
pro-search-go = Chercher
pro-found = { $n ->
    [one] Un examen.
   *[other] { $n } examens.
 }
pro-unread = { $n ->
    [one] Un nouveau.
   *[other] { $n } nouveaux.
 }
pro-new = Nouveau
pro-no-name = Nom conservé dans nos archives
pro-report-here = compte rendu
pro-recallable = à rapatrier
pro-days-left = { $n ->
    [0] dernier jour en ligne
    [one] encore un jour en ligne
   *[other] encore { $n } jours en ligne
 }
pro-for-another = remplacement
pro-pages = Pages de la liste
pro-newer = Page précédente
pro-older = Page suivante
pro-empty = Aucun examen à votre nom pour le moment.
pro-empty-why = Une demande faite sans votre numéro RPPS ne peut pas vous être rattachée. Signalez-le : { $phone } ({ $hours }).
pro-nothing-found = Rien ne correspond à cette recherche parmi vos examens.
pro-all = Voir tous mes examens
pro-back-list = Mes examens
pro-exam-title = Examen
pro-not-diagnosis = Cet affichage n’est pas un dispositif médical : il ne sert pas au diagnostic.
pro-online-until = En ligne jusqu’au { $date }.
pro-no-report = Le compte rendu n’est pas encore disponible.
pro-others = Autres examens de la même personne
pro-context-hint = Adresse à placer dans votre logiciel ; elle n’ouvre rien à qui n’a pas accès à cet examen :
pro-context-title = Ouvrir un examen
pro-recall-asked = Les images sont demandées à nos archives. Dix minutes au plus.
pro-recall-found = Les images sont retrouvées. Elles arrivent.
pro-recall-verified = Les images sont vérifiées. Elles arrivent.
pro-slowed-title = Un instant
pro-slowed = Vous avez ouvert beaucoup d’examens en une heure. Par précaution, le suivant peut s’ouvrir à partir du { $at }. Notre équipe en est informée.
pro-emergency = Ouverture en urgence
pro-emergency-link = Urgence : ouvrir le dossier d’un patient que vous ne suivez pas
pro-emergency-intro = Si la vie ou la santé d’un patient l’exige, vous pouvez voir ses examens pendant une heure. Le patient en est averti aussitôt. Un responsable du cabinet vérifie chaque ouverture.
pro-emergency-name = Prénoms et nom du patient
pro-emergency-name-hint = En entier, comme sur sa pièce d’identité.
pro-emergency-born = Date de naissance
pro-emergency-reason = Motif de l’urgence
pro-emergency-reason-hint = En quelques mots. Ce motif est conservé et relu.
pro-emergency-open = Ouvrir le dossier pour une heure
pro-emergency-nobody = Aucun dossier ne peut être ouvert avec ce nom et cette date de naissance. Vérifiez-les, ou appelez le cabinet.
pro-emergency-no-reason = Écrivez le motif de l’urgence, en quelques mots.
pro-emergency-too-many = Plusieurs noms n’ont rien donné. Attendez une heure, ou appelez le cabinet.
pro-emergency-opened = Le dossier est ouvert pour vous jusqu’au { $at }. Le patient en est averti.
pro-emergency-go = Voir les examens
pro-standin = Remplacements
pro-standin-intro = La personne qui vous remplace voit vos examens pendant ces dates, sous son propre nom. Cela cesse à la date de fin.
pro-standin-line = RPPS { $rpps }, du { $from } au { $until } inclus
pro-standin-end = Mettre fin
pro-standin-rpps = N° RPPS de la personne qui vous remplace
pro-standin-from = Du
pro-standin-until = Au (inclus)
pro-standin-declare = Déclarer le remplacement
pro-standin-wrong = Vérifiez le numéro RPPS (11 chiffres, pas le vôtre) et les dates : un an au plus.
