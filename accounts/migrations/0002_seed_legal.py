"""First versions of the legal texts; staff write later ones in the admin."""

from datetime import UTC, datetime

from django.db import migrations

TERMS = """\
These terms are an agreement between you and the agency that runs MyUSA. You accept them by signing in.

## Your account

- You sign in by proving that an email address is yours. Keep that mailbox safe. Anyone who can open it can sign in as you, unless you turn on two-step sign-in.
- The account is for one person. Give true information where a form asks for it.
- You can close the account at any time under *Account*. We then delete what you gave us.

## Apps that you connect

- Other agencies and organizations offer apps that work with MyUSA. None of them sees anything about you until you allow it, and only what you allow.
- You can change what you allowed, or disconnect an app, at any time under *Connected apps*.
- An app's own terms and privacy policy apply to what it does with your information. MyUSA does not endorse the apps or the organizations behind them.

## If you build apps

- Register under your own name, and describe your app truthfully. Keep its secrets confidential, and replace them if someone may have seen them.
- Ask only for the information your app needs, use it only for what people were told, and delete it when they disconnect.
- Do not use MyUSA's name or button to suggest an endorsement.
- Test with test users in the sandbox, not with real people's data.
- We may make an app private or block it if it breaks these terms or harms people. We give its team the reason.

## What we promise, and what we do not

We work to keep the service safe and running, and say so when it is not. The service is provided “as is”. Within the limits of the law, we are not liable for damage from its use or its failure.

## Changes

When these terms change, the new version appears here with its date, and older versions stay readable. Teams of federal agencies accept them when they register an app. We record the version they accepted.
"""

PRIVACY = """\
This notice says what MyUSA stores about you, why, and what you can do about it.

## What we store

- **Your email address**, because you sign in with it and we contact you there.
- **Your profile**: only the fields that you fill in. They are encrypted in our database.
- **A mobile number**, if you verify one for text messages. It is encrypted, too.
- **Tasks and notifications** that apps sent you.
- **Which apps you connected**, what you allowed them, and when each of them read or wrote something.
- **Your sessions**: the network address and the browser of each, so you can recognize them. They are encrypted and deleted when the session ends.

## What we use it for

To sign you in, to show you your own information, and to give apps what you allowed. We do not sell it, show no advertising and build no profile of you.

## Who else sees it

- Apps that you allowed, and only what you allowed. You can see what they read under *Activity*.
- The companies that deliver our emails and text messages, which get the address or number and the message.
- Authorities, if a law or a court requires it.

## How long we store it

As long as you have the account. When you delete it, your profile, tasks, notifications and connections are deleted with it. Codes for signing in are deleted after a day.

## Cookies

We set these cookies:

- one that keeps you signed in
- one that protects forms
- one that recognizes a browser where you signed in before
- one with your time zone
- one with the language that you chose

We set no others, and no one tracks you here.

## What you can do

- See and change your information under *Profile* and *Account*.
- Download a copy: *Download my data* under *Account*.
- Disconnect an app under *Connected apps*.
- Delete the account under *Account*.

Questions about your information? Email the address at the bottom of the page.
"""

PRIVACY_ACT = """\
This statement is given under the Privacy Act of 1974, 5 U.S.C. 552a(e)(3).

## Authority

The E-Government Act of 2002 (Public Law 107-347) and 5 U.S.C. 301 authorize us to collect this information.

## Purpose

We collect your email address to sign you in and to contact you. We collect the details of your profile, and a mobile number if you verify one, to share them with the apps you choose and to send you messages.

## Routine uses

We share your information with the apps that you allow, and only what you allow. We also share it with the companies that deliver our emails and text messages, and if a law or a court requires it. The system of records notice lists all routine uses.

## Disclosure

Giving this information is voluntary. Without an email address you cannot have an account. Without other details, some apps may not be able to serve you.
"""

ACCESSIBILITY = """\
We want everyone to be able to use MyUSA.

## Standards

We build MyUSA to meet Section 508 of the Rehabilitation Act and the Web Content Accessibility Guidelines (WCAG) 2.2, level AA. We test every page with automated checks, with the keyboard, on narrow screens, and without scripts.

## Tell us about a problem

If something on this site doesn't work for you, email the address at the bottom of the page. Include the page's address, what you tried to do, and the browser and assistive technology you use. We reply within two business days.

You can also file a complaint under Section 508 with the agency that runs MyUSA.
"""


TERMS_ES = """\
Estos términos son un acuerdo entre usted y la agencia que administra MyUSA. Usted los acepta al iniciar sesión. Si esta traducción difiere del texto en inglés, vale el texto en inglés.

## Su cuenta

- Usted inicia sesión al demostrar que una dirección de correo electrónico es suya. Proteja ese buzón. Quien pueda abrirlo puede iniciar sesión como usted, a menos que active la verificación en dos pasos.
- La cuenta es para una sola persona. Dé información verdadera donde un formulario la pida.
- Puede cerrar la cuenta en cualquier momento en *Cuenta*. Entonces eliminamos lo que nos dio.

## Aplicaciones que conecta

- Otras agencias y organizaciones ofrecen aplicaciones que funcionan con MyUSA. Ninguna ve nada sobre usted hasta que usted lo permita, y solo ve lo que usted permita.
- Puede cambiar lo que permitió, o desconectar una aplicación, en cualquier momento en *Aplicaciones conectadas*.
- Lo que una aplicación hace con la información que usted le dio se rige por sus propios términos y su propia política de privacidad. MyUSA no respalda las aplicaciones ni las organizaciones que las ofrecen.

## Si crea aplicaciones

- Regístrese con su propio nombre y describa su aplicación con la verdad. Mantenga en secreto sus claves y reemplácelas cuando alguien haya podido verlas.
- Pida solo la información que su aplicación necesita, úsela solo para lo que se dijo a las personas y elimínela cuando ellas se desconecten.
- No use el nombre ni el botón de MyUSA para sugerir un respaldo.
- Haga pruebas con usuarios de prueba en el entorno de pruebas, no con los datos de personas reales.
- Podemos hacer privada o bloquear una aplicación si incumple estos términos o causa daño. Informamos el motivo a su equipo.

## Lo que prometemos y lo que no

Trabajamos para que el servicio sea seguro y funcione, y avisamos cuando no es así. El servicio se ofrece “tal como está”. Dentro de los límites de la ley, no somos responsables de los daños por su uso o sus fallas.

## Cambios

Cuando estos términos cambian, la nueva versión aparece aquí con su fecha, y las versiones anteriores se pueden seguir leyendo. Los equipos de agencias federales los aceptan al registrar una aplicación. Registramos la versión que aceptaron.
"""

PRIVACY_ES = """\
Este aviso dice qué guarda MyUSA sobre usted, por qué, y qué puede hacer usted al respecto. Si esta traducción difiere del texto en inglés, vale el texto en inglés.

## Lo que guardamos

- **Su dirección de correo electrónico**, porque con ella inicia sesión y por ella nos comunicamos con usted.
- **Su perfil**: solo los campos que usted llena. Están cifrados en nuestra base de datos.
- **Un número de celular**, si verifica uno para recibir mensajes de texto. También está cifrado.
- **Las tareas y notificaciones** que le enviaron las aplicaciones.
- **Las aplicaciones que conectó**, lo que les permitió y cuándo cada una leyó o escribió algo.
- **Sus sesiones**: la dirección de red y el navegador de cada una, para que pueda reconocerlas. Están cifradas y se eliminan cuando termina la sesión.

## Para qué lo usamos

Para que usted inicie sesión, para mostrarle su propia información y para dar a las aplicaciones lo que usted permitió. No la vendemos, no mostramos publicidad y no creamos perfiles sobre usted.

## Quién más la ve

- Las aplicaciones que usted permitió, y solo lo que permitió. Puede ver lo que leyeron en *Actividad*.
- Las empresas que entregan nuestros correos electrónicos y mensajes de texto, que reciben la dirección o el número y el mensaje.
- Las autoridades, cuando una ley o un tribunal lo ordena.

## Cuánto tiempo lo guardamos

Mientras tenga la cuenta. Cuando la elimina, se eliminan con ella su perfil, tareas, notificaciones y conexiones. Los códigos para iniciar sesión se eliminan después de un día.

## Cookies

Usamos estas cookies:

- una que mantiene abierta su sesión
- una que protege los formularios
- una que reconoce un navegador donde usted ya inició sesión
- una con su zona horaria
- una con el idioma que eligió

No usamos otras, y nadie rastrea lo que usted hace aquí.

## Lo que usted puede hacer

- Ver y cambiar su información en *Perfil* y *Cuenta*.
- Descargar una copia: *Descargar mis datos* en *Cuenta*.
- Desconectar una aplicación en *Aplicaciones conectadas*.
- Eliminar la cuenta en *Cuenta*.

¿Tiene preguntas sobre su información? Escriba a la dirección que está al pie de la página.
"""

PRIVACY_ACT_ES = """\
Esta declaración se presenta según la Ley de Privacidad de 1974, 5 U.S.C. 552a(e)(3). Si esta traducción difiere del texto en inglés, vale el texto en inglés.

## Autoridad legal

La Ley de Gobierno Electrónico de 2002 (Ley Pública 107-347) y 5 U.S.C. 301 nos autorizan a recopilar esta información.

## Propósito

Recopilamos su dirección de correo electrónico para que inicie sesión y para comunicarnos con usted. Recopilamos los datos de su perfil, y un número de celular si usted verifica uno, para compartirlos con las aplicaciones que usted elige y para enviarle mensajes.

## Usos habituales

Compartimos su información con las aplicaciones que usted permite, y solo lo que permite. También la compartimos con las empresas que entregan nuestros correos electrónicos y mensajes de texto, y cuando una ley o un tribunal lo ordena. El aviso del sistema de registros enumera todos los usos habituales.

## Divulgación

Dar esta información es voluntario. Sin una dirección de correo electrónico no puede tener una cuenta. Sin otros datos, es posible que algunas aplicaciones no puedan atenderle.
"""

ACCESSIBILITY_ES = """\
Queremos que todas las personas puedan usar MyUSA.

## Normas

Creamos MyUSA para cumplir con la Sección 508 de la Ley de Rehabilitación y con las Pautas de Accesibilidad para el Contenido Web (WCAG) 2.2, nivel AA. Probamos cada página con revisiones automáticas, con el teclado, en pantallas angostas y sin scripts.

## Avísenos de un problema

Si algo de este sitio no funciona para usted, escriba a la dirección que está al pie de la página. Incluya la dirección de la página, lo que intentó hacer, y el navegador y la tecnología de asistencia que usa. Respondemos en dos días hábiles.

También puede presentar una queja según la Sección 508 ante la agencia que administra MyUSA.
"""


def seed(apps, schema_editor):
    text = apps.get_model("accounts", "LegalText")
    texts = {
        "terms": (TERMS, TERMS_ES),
        "privacy": (PRIVACY, PRIVACY_ES),
        "privacy_act": (PRIVACY_ACT, PRIVACY_ACT_ES),
        "accessibility": (ACCESSIBILITY, ACCESSIBILITY_ES),
    }
    for kind, (body, spanish) in texts.items():
        text.objects.get_or_create(
            kind=kind,
            version="2026-11",
            defaults={
                "body": body,
                "translations": {"es": {"body": spanish}},
                "effective_at": datetime(2026, 11, 1, 12, tzinfo=UTC),
            },
        )


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
