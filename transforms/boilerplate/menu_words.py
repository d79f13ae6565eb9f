"""Words of menus, links and notices, by what they are for, in the languages we serve and their neighbours.

The model of the lines learns what a *purpose* says about a line from the pages it is trained on, which are in few
languages; by this table it knows the purpose in the others. Stems, as words are compared (see line_words): the first
STEM letters, so `комме` stands for «комментарии», «комментировать». A new word is one stem here, a new purpose is
also in a group of line_labels.py; a new model must then be trained.
"""

from typing import Final

PURPOSES: Final[dict[str, str]] = {
    "comment": "comme комме камен камэн комен пікір фикер коммент komen koment комэн σχόλι σχολι 评论",
    "share": "share подел падзя поділ бөліс уртак уртаҡ споде udost sdíle sdile podel подје κοινο 分享",
    "subscribe": (
        "subsc podpi подпи падпі підпи жазыл язылы яҙылы абони "
        "претп subsk prenu odběr odber εγγρα 订阅 newsl рассы рассыл"
    ),
    "login": (
        "login signin войти вход увайс увахо увійт увійд кіру керү "
        "инеү приja prija zalog přihl prihl συνδε σύνδε 登录 logou выйти"
    ),
    "register": "regis реєст рэгіс регис тірке терк теркә региc zareg загис εγγρά 注册",
    "search": (
        "searc поиск искат пошук шукац знайт іздеу эзләү эҙләү търсе прет traži szuka hleda hľada αναζή 搜索 найти"
    ),
    "home": "home главн галоў голов басты төп баш начал почет strona glown główn domů domov αρχικ 首页",
    "contact": "conta конта канта контак байла элемтә бәйлә konta επικο 联系",
    "about": "about нас проект праект",
    "terms": "terms правил права умови ұмов ереже шарт kagid услов regul podmí podmi όροι polic polit",
    "privacy": "priva конфи прыва конфід құпия сер поверљ prywa soukr απορρ 隐私",
    "cookie": "cooki куки кукі ciast kolač",
    "copyright": "copyr права правы rights zastr vyhra všech πνευμ 版权 reser",
    "advertise": "adver рекла рэкла жарна рекл oglas rekla διαφή 广告 spons партн партнё ogłos",
    "related": (
        "relat связан звяза повяз ұқсас охшаш оҡша свърз повез powią souvi podob σχετι 相关 похож также теме тему"
    ),
    "popular": "popul популя папул попул танымал популяр najpo najčt најчи δημοφ 热门 trend читае",
    "latest": ("lates recen послед апошн остан соңғы соңгы һуңғы най-н најно najno ostat nejno τελευ 最新 свежи"),
    "news": "news новос навін новин жаңал яңалы яңылы вести vijes wiado zpráv zprav ειδήσ 新闻",
    "more": ("more подро падра детал докла толығ тулыра тулы повеч више więce wiece více viac περισ 更多 далее дале"),
    "read": "read читат чытай чытац читай оқу уку уҡыу прочи czyta číst čítaj διαβά 阅读",
    "photo": "photo фото фота сурет рәсем фоторе снимк zdjęc zdjec fotog φωτογ 图片 image getty",
    "video": "video видео відэа відео бейне wideo βίντε 视频",
    "author": "autho автор аўтар autor συντά 作者 текст",
    "source": "sourc источ крыні джере дерек чыган сыған извор źródł zrodl zdroj πηγή 来源",
    "tags": "tags tag теги тэги мітки метки тегтер билге ознак tagi štítk ετικέ 标签 ключ",
    "print": "print распе раздр друк басып бастыр drukuj tisk εκτύπ 打印 верси",
    "email": "email mail почта пошта пошты elekt 邮件",
    "rating": "ratin рейти рэйты рейтинг оцен ацэн оцін баға бәя ocena hodno αξιολ 评分 голос vote",
    "forum": "forum форум reply ответ адказ відпо жауап җавап яуап",
    "views": "views просм прагл перег қарал карал ҡарау wyświ zobra 浏览 прочит",
    "job": "jobs ваканс вакан вакансі praca karie career",
    "help": "help faq помощ дапам допом көмек ярдәм ярҙам pomoc nápov 帮助",
    "cart": "cart корзи кошик basket koszy košík 购物 price цена",
    "weather": "weath погод надво ауа һава horos гороск pogod počas",
    "rss": "rss facebo twitt insta telegr телег vk viber whats youtub однок",
    "next": ("next след насту келес киләс следв следе następ další επόμε 下一 previ prev преды папяр попер"),
    "menu": "menu меню мәзір sitem карта navig skip разде раздз розді бөлім бүлек",
    "app": "app прило дадат застос қосым кушым android iphon ios",
    "edition": "редак рэдак редакц выпуск издан видан edito",
    "correction": "ошибк памыл помил қате хата хаталык грешк błąd chyb enter ctrl выдел вылуч виділ",
}
