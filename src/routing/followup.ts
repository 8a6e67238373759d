/**
 * Words of which a follow-up is made: agreement, "go on", "again", "fix it" and what stands around them. A turn that
 * holds nothing else says nothing alone.
 */
const WORDS: Readonly<Record<string, string>> = {
  en:
    "yes yeah yep yup ok okay k sure please pls do it that this them these those go on ahead continue proceed next more again retry try another one time now then and so also too fix the same thing thanks thank you great good perfect nice cool right correct exactly looks fine no nope not wait hmm well sounds keep going finish rest of still doesn't doesnt work working why how come shorter longer better simpler make a bit little less explain further just yourself first second option both all up carry get started start lets let's run apply change changes commit first",
  es:
    "sí si vale ok dale claro continúa continua sigue adelante hazlo haz eso esto otra vez de nuevo más mas por favor gracias perfecto bien no y ahora arréglalo arreglalo corrígelo todo lo mismo otro otra uno corto largo simple sencillo mejor menos detalle un poco",
  pt:
    "sim ok claro continue continua segue prossiga vai em frente faça faz isso isto de novo outra vez mais por favor obrigado obrigada perfeito certo não nao e agora corrige conserta tudo o mesmo outro outra um curto longo simples melhor menos detalhe pouco",
  fr:
    "oui ok ouais d'accord daccord vas-y vas y continue continuez encore fais le ça ca cela refais s'il te vous plaît plait stp svp merci parfait bien non et maintenant corrige tout la même chose un une autre plus simple simplement court long mieux moins peu détail détaillé",
  de:
    "ja jo ok okay klar gerne mach weiter das es bitte nochmal noch mal einmal mehr danke perfekt gut super nein und jetzt behebe korrigiere alles dasselbe gleiche ein anderes so los genau passt kürzer länger einfacher besser weniger ausführlicher etwas bisschen",
  it:
    "sì si ok va bene certo continua vai avanti fallo fai questo quello ancora di nuovo per favore grazie perfetto no e adesso ora correggi tutto lo stesso un altro più semplice corto lungo breve meglio meno un po",
  nl:
    "ja oké ok goed prima ga door verder doe het dat dit nog een keer opnieuw meer alsjeblieft graag bedankt dank je nee en nu fix alles hetzelfde andere korter langer eenvoudiger simpeler beter minder iets",
  pl:
    "tak ok okej jasne dobrze kontynuuj dalej zrób to tamto jeszcze raz ponownie więcej proszę dzięki dziękuję super nie i a teraz napraw popraw wszystko samo inny krócej dłużej prościej lepiej mniej trochę",
  ru:
    "да ага ок окей хорошо конечно продолжай продолжи дальше давай сделай это так ещё еще раз снова больше пожалуйста спасибо отлично нет и а теперь исправь поправь всё все то же самое другой короче длиннее проще лучше меньше подробнее немного",
  uk:
    "так ага ок добре звісно продовжуй продовж далі давай зроби це ще раз знову більше будь ласка дякую чудово ні і а тепер виправ усе все те саме інший",
  tr:
    "evet tamam olur peki devam et edin yap bunu şunu tekrar yine daha fazla lütfen teşekkürler sağol güzel hayır ve şimdi düzelt hepsini aynısını başka bir",
  id:
    "ya iya ok oke baik lanjut lanjutkan teruskan lakukan itu ini lagi sekali coba tolong terima kasih makasih bagus tidak nggak dan sekarang perbaiki semua yang sama lain satu dong",
  vi:
    "vâng có được ok ừ tiếp tục đi làm lại điều đó này nữa lần thêm cảm ơn tốt không và bây giờ sửa nó tất cả khác một",
  ar:
    "نعم اي أجل حسنا حسناً تمام طيب أكمل اكمل تابع استمر افعل ذلك هذا مرة أخرى اخرى مجددا المزيد من فضلك شكرا لا و الآن الان أصلحه صححه كل",
  hi:
    "हाँ हां ठीक है जी करो कर दो जारी रखो रखें आगे बढ़ो फिर से दोबारा यह वह और कृपया धन्यवाद शुक्रिया नहीं अब सुधारो सब haan theek hai karo aage phir se dobara aur",
};

/** Politeness that continues nothing: a turn of these alone is judged as it is. */
const THANKS = new Set(
  ("thanks thank you thx ty cheers great good perfect nice cool awesome gracias perfecto obrigado obrigada perfeito merci " +
    "parfait danke super grazie bedankt dank je dzięki dziękuję спасибо отлично дякую teşekkürler sağol terima kasih " +
    "makasih cảm ơn شكرا धन्यवाद शुक्रिया bye goodbye very much a lot so").split(" "),
);

/**
 * Whole turns in languages that put no spaces between words: phrases, one after another, then endings. No regular
 * expression: one that repeats phrases tries all ways to part them, and 40 signs kept it busy for minutes.
 */
const PHRASES = [
  // zh
  {
    phrases: ("是的 是 对的 对 好的吧 好的 好吧 好 好啊 可以 行吧 行 嗯 继续吧 继续 请继续 接着说 接着 往下 " +
      "下一个 再来一次 再来一个 再来一遍 再来 再试一次 重试 重新来 就这样 这样做吧 这样做 这样吧 这样 " +
      "修复一下 修复一 修复下 修复 修一下 修一 修下 修 改一下 改下 谢谢 不是 不 不对 然后呢 还有呢 还有 " +
      "更多 同样").split(" "),
    endings: "吧 呢 吗 了 的".split(" "),
  },
  // ja
  {
    phrases: ("はい うん ええ お願いします おねがいします おねがい 続けてください 続けて 続きを 続きは 続き " +
      "もっと もう一度 もう一回 やってください やって それでお願いします それで 次 直してください 直して " +
      "修正してください 修正して ありがとうございます ありがとう いいえ 違う 同じく 同じように 同じ " +
      "オッケー 了解").split(" "),
    endings: "です ね よ".split(" "),
  },
  // ko
  {
    phrases: ("네 예 응 그래요 그래 좋아요 좋아 계속해 계속해요 계속해줘 계속해주세요 계속 다시해 다시해줘 " +
      "다시해주세요 다시 한번더 더해줘 더 그렇게해줘 그렇게해주세요 그렇게 고쳐줘 고쳐주세요 고쳐 " +
      "수정해줘 수정해주세요 수정해 다음 감사합니다 감사해요 감사 고마워요 고마워 아니요 아니").split(" "),
    endings: [],
  },
  // th
  {
    phrases: ("ใช่ โอเค ได้เลย ได้ ทำต่อเลย ทำต่อไป ทำต่อ ต่อเลย ต่อไป ต่อ อีกครั้ง ลองใหม่ เพิ่มอีก แก้ให้ด้วย แก้ให้หน่อย แก้ให้ " +
      "แก้ด้วย แก้หน่อย แก้ ขอบคุณ ไม่").split(" "),
    endings: "ครับ ค่ะ คะ นะ".split(" "),
  },
];

const THANKS_PHRASE =
  /^(?:谢谢你?|多谢|ありがとう(?:ございます)?|감사(?:합니다|해요)|고마워요?|ขอบคุณ(?:ครับ|ค่ะ)?)[\s\p{P}\p{S}]*$/u;

/** "And in Python?", "¿y en francés?": the work is before, only the object is new. */
const CONNECTED =
  /^(?:¿\s*)?(?:and|but|or|what about|how about|same (?:but|for)|now (?:in|for|with|as)|y|pero|e|mas|et|mais|pour|und|aber|ed|ma|en|maar|i|а|и|но|та|ve|peki|ama|dan|kalau|và|còn|و|aur|और|那|那么|では|じゃあ|그럼|그러면)(?=[\s,]|那|[^\p{L}])/iu;
/** "In Python?", "as a table", "with types": how, not what. */
const MANNER =
  /^(?:in|as|with|without|for|using|into|to|en|como|con|sin|em|com|sem|dans|comme|avec|sans|auf|als|mit|ohne|in|come|senza|als|met|zonder|jako|bez|po|на|в|как|без)\s/iu;

const KNOWN = new Set(Object.values(WORDS).flatMap((words) => words.split(" ")));
const MOST_WORDS = 8;
const MOST_CONNECTED = 6;
const MOST_MANNER = 4;

/** A turn that says nothing alone and is judged with the work it continues. `turn`: what a human typed. */
export function isFollowUp(turn: string): boolean {
  const text = turn.trim().toLowerCase();
  if (text === "" || text.length > 120 || text.includes("\n\n")) return false;
  const words = text.match(/[\p{L}\p{M}\p{N}'’-]+/gu) ?? [];
  // Signs alone: "👍", "...", "?".
  if (words.length === 0) return true;
  if (words.every((word) => THANKS.has(word)) || THANKS_PHRASE.test(text)) return false;
  if (words.length <= MOST_WORDS && words.every((word) => KNOWN.has(word.replaceAll("’", "'")))) return true;
  const bare = text.replace(/[\s\p{P}\p{S}]+/gu, "");
  if (PHRASES.some((language) => isMadeOf(bare, language))) return true;
  if (words.length <= MOST_CONNECTED && CONNECTED.test(text)) return true;
  return words.length <= MOST_MANNER && MANNER.test(text);
}

function isMadeOf(text: string, { phrases, endings }: { phrases: string[]; endings: string[] }): boolean {
  const places = reach(text, new Set([0]), phrases);
  places.delete(0);
  return reach(text, places, endings).has(text.length);
}

/** Adds all places in the text that these words lead to; each is looked at once (a Set also walks what is added to it). */
function reach(text: string, places: Set<number>, words: readonly string[]): Set<number> {
  for (const at of places) {
    for (const word of words) if (text.startsWith(word, at)) places.add(at + word.length);
  }
  return places;
}
