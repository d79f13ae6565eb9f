"""A sentence and a short line in each language served, written for these tests.

Close relatives say the same, in words that only one of them has: `tjedan`, `nedelja`; `ҡала`, `шәһәр`, `қала`.
"""

from typing import Final

SENTENCES: Final = """
be       Учора ўвечары на плошчы сабраліся сотні гараджан, каб паслухаць аркестр.
ru       Вчера вечером на площади собрались сотни горожан, чтобы послушать оркестр.
uk       Учора ввечері на площі зібралися сотні містян, щоб послухати оркестр.
bg       Снощи на площада се събраха стотици граждани, за да чуят оркестъра.
mk       Синоќа на плоштадот се собраа стотици граѓани за да го слушнат оркестарот.
sr       Синоћ су се на тргу окупиле стотине грађана да чују оркестар.
sr-Latn  Prošle nedelje je voz iz Beograda kasnio više od dva sata zbog snega na pruzi.
hr       Prošli tjedan vlak iz Zagreba kasnio je više od dva sata zbog snijega na pruzi.
sl       Prejšnji teden je vlak iz Ljubljane zaradi snega na progi zamujal več kot dve uri.
cs       Minulý týden měl vlak z Prahy kvůli sněhu na trati více než dvouhodinové zpoždění.
sk       Minulý týždeň mal vlak z Bratislavy pre sneh na trati viac ako dvojhodinové meškanie.
pl       W zeszłym tygodniu pociąg z Warszawy spóźnił się ponad dwie godziny z powodu śniegu na torach.
kk       Кеше кешке қала алаңына жүздеген тұрғын жиналып, оркестрді тыңдады.
ky       Кечээ кечинде шаардын аянтына жүздөгөн тургун чогулуп, оркестрди угушту.
tt       Кичә кич белән шәһәр мәйданына йөзләгән кеше җыелып, оркестр тыңлады.
ba       Кисә кис менән ҡала майҙанына йөҙләгән кеше йыйылып, оркестр тыңланы.
uz       Kecha kechqurun shahar maydoniga yuzlab odamlar yig‘ilib, orkestrni tingladi.
uz-Cyrl  Кеча кечқурун шаҳар майдонига юзлаб одамлар йиғилиб, оркестрни тинглади.
az       Dünən axşam şəhər meydanına yüzlərlə insan toplaşıb orkestri dinlədi.
tr       Dün akşam yüzlerce kişi orkestrayı dinlemek için kent meydanında toplandı.
cv       Паян Шупашкарта ҫӗнӗ шкул уҫӑлчӗ, унта пилӗкҫӗр ача вӗренет.
sah      Бүгүн Дьокуускайга саҥа оскуола аһылынна, онно биэс сүүс оҕо үөрэниэҕэ.
tg       Имрӯз дар Душанбе мактаби нав кушода шуд, ки дар он панҷсад кӯдак таҳсил мекунад.
mn       Өнөөдөр Улаанбаатарт таван зуун хүүхэд суралцах шинэ сургууль нээгдлээ.
ka       გუშინ თბილისში ახალი სკოლა გაიხსნა, სადაც ხუთასი ბავშვი ისწავლის.
hy       Երեկ Երևանում բացվեց նոր դպրոց, որտեղ կսովորի հինգ հարյուր երեխա։
en       The new school that opened in the capital yesterday has room for five hundred children.
de       Die neue Schule, die gestern in der Hauptstadt eröffnet wurde, bietet Platz für fünfhundert Kinder.
fr       La nouvelle école, ouverte hier dans la capitale, accueillera cinq cents enfants.
es       La nueva escuela, inaugurada ayer en la capital, acogerá a quinientos niños.
lt       Vakar sostinėje atidaryta nauja mokykla, kurioje mokysis penki šimtai vaikų.
lv       Vakar galvaspilsētā atklāja jaunu skolu, kurā mācīsies pieci simti bērnu.
et       Eile avati pealinnas uus kool, kus hakkab õppima viissada last.
ro       Ieri a fost inaugurată în capitală o școală nouă, în care vor învăța cinci sute de copii.
"""

SHORT_LINES: Final = """
be       Якое надвор'е будзе заўтра
ru       Какая завтра будет погода
uk       Якою буде погода завтра
bg       Какво ще бъде времето утре
mk       Што ќе се случи утре
sr       Шта ће бити сутра
sr-Latn  Šta nas čeka sledeće nedelje
hr       Što nas čeka sljedeći tjedan
sl       Kaj se bo zgodilo jutri
cs       Co nás čeká příští týden
sk       Čo nás čaká budúci týždeň
pl       Co się wydarzy jutro
kk       Ертең ауа райы қандай болады
ky       Эртең аба ырайы кандай болот
tt       Иртәгә һава торышы нинди булачак
ba       Иртәгә һауа торошо ниндәй буласаҡ
uz       Ertaga ob-havo qanday bo‘ladi
uz-Cyrl  Эртага об-ҳаво қандай бўлади
az       Sabah hava necə olacaq
tr       Yarın hava nasıl olacak
cv       Ыран ҫанталӑк мӗнле пулӗ
sah      Сарсын халлаан хайдах буолуоҕай
tg       Фардо ҳаво чӣ хел мешавад
mn       Маргааш цаг агаар ямар байх
ka       როგორი ამინდი იქნება ხვალ
hy       Ինչպիսի եղանակ կլինի վաղը
en       What will tomorrow bring
de       Wie wird das Wetter morgen
fr       Quel temps fera-t-il demain
es       Qué tiempo hará mañana
lt       Koks oras bus rytoj
lv       Kāds laiks būs rīt
et       Milline tuleb homme ilm
ro       Cum va fi vremea mâine
"""


def pairs(table: str) -> list[tuple[str, str]]:
    """Tag and text of each line of a table."""
    return [(tag, text.strip()) for tag, text in (line.split(maxsplit=1) for line in table.strip().splitlines())]


def tags(table: str) -> list[str]:
    """The tag of each line: names for the tests."""
    return [tag for tag, _ in pairs(table)]
